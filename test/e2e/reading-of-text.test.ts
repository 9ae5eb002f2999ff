import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { type Environment, startEnvironment } from './environment.ts';
import {
  bind,
  execute,
  parse,
  query,
  type RawConnection,
  signIn,
  summarize,
  sync,
} from './raw-connection.ts';

const CLOSED = `@id("closed") forbid (principal, action, resource)
when { context has relations && context.relations.contains("closed.t") };
@id("closed-names") forbid (principal, action, resource)
when { context has relations && context.relations.containsAny(["utf8.é", "latin1.Ã©"]) };
@id("unknown") forbid (principal, action == Action::"sql.unknown", resource);`;

/** With standard_conforming_strings on it is one constant; off, the constant ends before the query in it. */
const READ_TWO_WAYS = "SELECT 'a\\'', (SELECT word FROM closed.t) --'";
const TURN_ON = 'SET standard_conforming_strings = on';

describe('text that the server reads by its settings', () => {
  let environment: Environment;
  let connection: RawConnection;
  before(async () => {
    environment = await startEnvironment({
      patients: 1,
      policiesAdded: { 'closed.cedar': CLOSED },
    });
    using direct = await signIn(environment.direct);
    direct.send(query("CREATE SCHEMA closed; CREATE TABLE closed.t AS SELECT 'secret' AS word"));
    await direct.messagesUntil('Z');
    for (const [schema, closed, open] of [
      ['utf8', 'é', 'Ã©'],
      ['latin1', 'Ã©', 'é'],
    ] as const) {
      const tables = `CREATE TABLE ${schema}."${closed}" AS SELECT 'secret' AS word;
CREATE TABLE ${schema}."${open}" AS SELECT 'open' AS word`;
      direct.send(query(`CREATE SCHEMA ${schema}; ${tables}`));
      await direct.messagesUntil('Z');
    }
  });
  after(() => environment[Symbol.asyncDispose]());
  afterEach(() => connection[Symbol.dispose]());

  async function run(...messages: readonly Buffer[]): Promise<readonly string[]> {
    connection.send(...messages);
    return summarize(await connection.messagesUntil('Z'));
  }

  /** What comes for messages that the server gets at once, each with a ReadyForQuery of its own. */
  async function runTogether(...messages: readonly Buffer[]): Promise<string> {
    connection.send(...messages);
    const answers: string[] = [];
    for (const _ of messages) answers.push(...summarize(await connection.messagesUntil('Z')));
    return answers.join('\n');
  }

  describe('where the role has standard_conforming_strings off', () => {
    beforeEach(async () => {
      await setForRole('standard_conforming_strings = off');
      connection = await signIn(environment.gateway);
    });
    after(() => setForRole('standard_conforming_strings = on'));

    it('is read as on once it was turned on, with nothing in flight', async () => {
      await run(query(TURN_ON));
      for (const messages of [
        [query(READ_TWO_WAYS)],
        [parse('', READ_TWO_WAYS), bind('', ''), execute(''), sync()],
      ]) {
        const answers = await run(...messages);
        assert.ok(answers.includes('C SELECT 1\0'), answers.join());
      }
    });

    for (const [turnOn, turnBack] of [
      [[TURN_ON], 'ROLLBACK'],
      [['SET LOCAL standard_conforming_strings = on'], 'COMMIT'],
      [['SAVEPOINT s', TURN_ON], 'ROLLBACK TO SAVEPOINT s'],
      [[TURN_ON], 'SELECT 1/0'],
      [[TURN_ON], 'RESET ALL'],
      [[TURN_ON], 'RESET standard_conforming_strings'],
      [[TURN_ON], 'SET standard_conforming_strings TO DEFAULT'],
    ] as const) {
      it(`is not read as on behind what may turn it off: ${turnOn.join('; ')} … ${turnBack}`, async () => {
        for (const text of ['BEGIN', ...turnOn]) await run(query(text));
        const answers = await runTogether(query(turnBack), query(READ_TWO_WAYS));
        assert.doesNotMatch(answers, /secret/u);
        assert.match(answers, /E 42501/u);
      });
    }

    it('is not read as on behind DISCARD ALL', async () => {
      await run(query(TURN_ON));
      const answers = await runTogether(query('DISCARD ALL'), query(READ_TWO_WAYS));
      assert.match(answers, /E 42501/u);
    });

    it('is not read as on within a batch that ends a transaction', async () => {
      for (const text of ['BEGIN', TURN_ON]) await run(query(text));
      const answers = await run(
        ...[parse('', 'ROLLBACK'), bind('', ''), execute('')],
        ...[parse('', READ_TWO_WAYS), bind('', ''), execute(''), sync()],
      );
      assert.doesNotMatch(answers.join(), /secret/u);
      assert.ok(answers.includes('E 42501'), answers.join());
    });
  });

  describe('where it is on', () => {
    beforeEach(async () => {
      connection = await signIn(environment.gateway);
    });

    for (const turnOff of [
      'SET standard_conforming_strings = off',
      "SELECT set_config('standard_conforming_strings', 'off', false)",
      "SELECT set_config('standard_conforming' || '_strings', 'off', false)",
      "UPDATE pg_settings SET setting = 'off' WHERE name = 'standard_conforming_strings'",
      'DO $$ BEGIN SET standard_conforming_strings = off; END $$',
    ]) {
      it(`is not read so behind ${turnOff}`, async () => {
        const answers = await runTogether(query(turnOff), query(READ_TWO_WAYS));
        assert.doesNotMatch(answers, /secret/u);
        assert.match(answers, /E 42501/u);
      });
    }

    for (const [from, to] of [
      ['LATIN1', 'UTF8'],
      ['UTF8', 'LATIN1'],
    ] as const) {
      it(`is not read as ${from} behind what makes it ${to}`, async () => {
        await run(query(`SET client_encoding = '${from}'`));
        const answers = await runTogether(
          query(`SET client_encoding = '${to}'`),
          query(`SELECT word FROM ${to.toLowerCase()}."é"`),
        );
        assert.doesNotMatch(answers, /secret/u);
        assert.match(answers, /E 42501/u);
      });

      it(`is not read as ${from} within a batch that makes it ${to}`, async () => {
        await run(query(`SET client_encoding = '${from}'`));
        const answers = await run(
          ...[parse('', `SET client_encoding = '${to}'`), bind('', ''), execute('')],
          ...[parse('', `SELECT word FROM ${to.toLowerCase()}."é"`), bind('', ''), execute('')],
          sync(),
        );
        assert.doesNotMatch(answers.join(), /secret/u);
        assert.ok(answers.includes('E 42501'), answers.join());
      });
    }

    it('is read so within a batch', async () => {
      const answers = await run(
        ...[parse('', READ_TWO_WAYS), bind('', ''), execute('')],
        ...[parse('', READ_TWO_WAYS), bind('', ''), execute(''), sync()],
      );
      assert.equal(answers.filter((answer) => answer === 'C SELECT 1\0').length, 2);
    });
  });

  async function setForRole(setting: string): Promise<void> {
    using direct = await signIn(environment.direct);
    direct.send(query(`ALTER ROLE CURRENT_USER SET ${setting}`));
    await direct.messagesUntil('Z');
  }
});
