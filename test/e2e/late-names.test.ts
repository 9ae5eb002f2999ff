import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { type Environment, startEnvironment } from './environment.ts';
import {
  bind,
  execute,
  message,
  parse,
  query,
  type RawConnection,
  signIn,
  summarize,
  sync,
} from './raw-connection.ts';

const CLOSED = `@id("closed") forbid (principal, action, resource)
when { context has relations && context.relations.contains("closed.t") };`;

/** In the schema `open`, what a policy permits; in `closed` the same names, which it forbids. */
const SCHEMAS = ['open', 'closed'].map(
  (schema) => `CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.t AS SELECT '${schema}' AS word;`,
);

describe('names that the server looks up late', () => {
  let environment: Environment;
  let connection: RawConnection;
  before(async () => {
    environment = await startEnvironment({
      patients: 1,
      policiesAdded: { 'closed.cedar': CLOSED },
    });
    using direct = await signIn(environment.direct);
    direct.send(query(SCHEMAS.join('')));
    await direct.messagesUntil('Z');
  });
  after(() => environment[Symbol.asyncDispose]());
  beforeEach(async () => {
    connection = await signIn(environment.gateway);
    await run(query('SET search_path = open'));
  });
  afterEach(() => connection[Symbol.dispose]());

  async function run(...messages: readonly Buffer[]): Promise<readonly string[]> {
    connection.send(...messages);
    return summarize(await connection.messagesUntil('Z'));
  }

  for (const text of [
    'COPY t TO STDOUT',
    'COPY (SELECT * FROM t) TO STDOUT',
    'TRUNCATE t',
    'DROP TABLE t',
    'LOCK TABLE t',
    'PREPARE p AS SELECT * FROM t',
    'CREATE TEMP VIEW v AS SELECT * FROM t',
    'ALTER TABLE t ADD COLUMN n int',
  ]) {
    it(`are decided as they are when it runs: ${text}`, async () => {
      await run(query('BEGIN'));
      await run(parse('', text), bind('late', ''), sync());
      await run(query('SET LOCAL search_path = closed'));
      assert.deepEqual(await run(execute('late'), sync()), ['E 26000', 'Z E']);
    });

    it(`are decided as they may be within a pipeline: ${text}`, async () => {
      const answers = await run(
        ...[parse('', text), bind('late', '')],
        ...[parse('set', 'SET search_path = closed'), bind('', 'set'), execute('')],
        ...[execute('late'), sync()],
      );
      assert.ok(answers.includes('E 26000'), answers.join());
    });
  }

  it('leave a query that was planned before as it was', async () => {
    await run(query('BEGIN'));
    await run(parse('', 'SELECT word FROM t'), bind('early', ''), sync());
    await run(query('SET LOCAL search_path = closed'));
    const [row] = await run(execute('early'), sync());
    assert.match(row ?? '', /open$/u);
  });

  it('run where they still mean the same', async () => {
    await run(query('BEGIN'));
    await run(parse('', 'COPY open.t TO STDOUT'), bind('late', ''), sync());
    await run(query('SET LOCAL search_path = closed'));
    const answers = await run(execute('late'), sync());
    assert.ok(answers.includes('C COPY 1\0'), answers.join());
  });

  it('are decided where the server looks them up only to describe a statement', async () => {
    await run(query('CREATE SCHEMA IF NOT EXISTS own; DROP TABLE IF EXISTS own.t'));
    await run(parse('s', 'SELECT word FROM t'), sync());
    await run(query('SET search_path = own, closed'));
    const describe = message('D', Buffer.from('S'), 's');
    assert.deepEqual(await run(describe, sync()), ['E 26000', 'Z I']);
    // From now on the path finds another relation first. What was looked up before would stay in the server.
    await run(query('CREATE TABLE own.t (word text)'));
    assert.deepEqual(await run(bind('', 's'), execute(''), sync()), ['E 26000', 'Z I']);
  });

  it('are not taken for those of a relation made since, which the server does not notice', async () => {
    await run(query('CREATE SCHEMA IF NOT EXISTS own; DROP TABLE IF EXISTS own.t'));
    await run(query('SET search_path = own, open'));
    await run(parse('s', 'SELECT word FROM t'), sync());
    await run(query('CREATE TABLE own.t (word text)'));
    assert.deepEqual(await run(bind('', 's'), sync()), ['E 26000', 'Z I']);
  });

  it('are decided as what stands behind, too, where the first may go with something else', async () => {
    await run(query('CREATE SCHEMA front; CREATE TABLE front.base (word text)'));
    await run(query('CREATE VIEW front.t AS TABLE front.base'));
    await run(query('SET search_path = front, closed'));
    const select = 'SELECT word FROM t';
    assert.ok((await run(query(select))).includes('C SELECT 0\0'));
    const drop = 'DROP TABLE front.base CASCADE';
    assert.deepEqual(await run(query(`${drop}; ${select}`)), ['E 42501', 'Z I']);
    await run(query('BEGIN'), query(drop));
    await connection.messagesUntil('Z');
    assert.deepEqual(await run(query(select)), ['E 42501', 'Z E']);
    await run(query('ROLLBACK'));
    assert.ok((await run(query(select))).includes('C SELECT 0\0'));
    await run(query(drop));
    assert.deepEqual(await run(query(select)), ['E 42501', 'Z I']);
  });

  it('are not taken for found anew by what was refused before the server got it', async () => {
    await run(query('CREATE SCHEMA IF NOT EXISTS own; DROP TABLE IF EXISTS own.t'));
    await run(query('SET search_path = own, open'));
    await run(parse('s', 'SELECT word FROM t'), sync());
    await run(query('PREPARE p AS SELECT word FROM t'));
    await run(query('CREATE TABLE own.t (word text)'));
    // Where a new catalog comes in between, the path is not known for a moment.
    const refused = /^E (?:42501|26000),Z I$/u;
    await run(query('SET search_path = closed'));
    assert.match((await run(bind('', 's'), sync())).join(), refused);
    assert.match((await run(query('EXECUTE p'))).join(), refused);
    // The server has not looked since: for it, the path is the one under which it found open.t.
    await run(query('SET search_path = own, open'));
    assert.match((await run(query('EXECUTE p'))).join(), refused);
    assert.match((await run(bind('', 's'), execute(''), sync())).join(), refused);
  });

  it('may find more than they did', async () => {
    await run(query('CREATE TABLE IF NOT EXISTS open.parts (n int) PARTITION BY LIST (n)'));
    await run(parse('s', 'SELECT n FROM open.parts'), sync());
    await run(query('CREATE TABLE IF NOT EXISTS open.part PARTITION OF open.parts DEFAULT'));
    const answers = await run(bind('', 's'), execute(''), sync());
    assert.deepEqual(answers, ['2 ', 'C SELECT 0\0', 'Z I']);
  });

  it('are decided anew where the extended protocol executes what SQL prepared', async () => {
    await run(query('PREPARE held AS SELECT word FROM t'));
    await run(query('SET search_path = closed'));
    const answers = await run(parse('', 'EXECUTE held'), bind('', ''), execute(''), sync());
    assert.ok(answers.includes('E 42501'), answers.join());
  });

  it('are decided anew where a pipeline prepares, changes the path, and executes by SQL', async () => {
    const answers = await run(
      ...[parse('held', 'SELECT word FROM t')],
      ...[parse('set', 'SET search_path = closed'), bind('', 'set'), execute('')],
      ...[parse('', 'EXECUTE held'), bind('', ''), execute(''), sync()],
    );
    assert.ok(answers.includes('E 42501'), answers.join());
  });

  it('are decided anew where a portal that executes by name is older than the path', async () => {
    await run(query('PREPARE held AS SELECT word FROM t'));
    await run(query('BEGIN'));
    await run(parse('', 'EXECUTE held'), bind('late', ''), sync());
    await run(query('SET LOCAL search_path = closed'));
    const answers = await run(execute('late'), sync());
    assert.deepEqual(answers, ['E 42501', 'Z E']);
  });
});
