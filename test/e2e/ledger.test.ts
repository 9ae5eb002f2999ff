import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openSallyportCommand, type SallyportCommand } from '../../demo/sallyport-command.ts';
import { type Environment, startEnvironment } from './environment.ts';
import { bind, execute, parse, query, signIn, sync } from './raw-connection.ts';

interface Entry {
  readonly kind: string;
  readonly at: string;
  readonly text?: string;
}

describe('the ledger of a gateway', () => {
  let environment: Environment;
  let directory: string;
  let command: SallyportCommand;
  before(async () => {
    environment = await startEnvironment({
      patients: 10,
      target: [[['seal'], 'sealed']],
    });
    directory = dirname(environment.configurationDirectory);
    command = await openSallyportCommand(directory, 'auditor');
  });
  after(() => environment[Symbol.asyncDispose]());

  it('has an entry for each executed statement, made before the server ran it', async () => {
    using connection = await signIn(environment.gateway);
    const executedMs = new Map<string, number>();
    for (let n = 0; n < 30; n++) {
      // The server says when it ran the statement.
      const sql = `SELECT ${n}, extract(epoch FROM clock_timestamp()) * 1000`;
      if (n % 2 === 0) connection.send(query(sql));
      else connection.send(parse('', sql), bind('', ''), execute(''), sync());
      const answers = await connection.messagesUntil('Z');
      const row = answers.find(({ type }) => type === 'D');
      assert(row !== undefined);
      executedMs.set(sql, Number(/[\d.]{13,}$/.exec(row.body.toString('latin1'))?.[0]));
    }
    const operations = await readEntries('operation');
    for (const [sql, ranMs] of executedMs) {
      const entry = operations.find(({ text }) => text === sql);
      assert(entry !== undefined, `no entry for ${sql}`);
      assert.ok(
        Date.parse(entry.at) <= ranMs,
        `${sql} ran at ${ranMs}, its entry is of ${entry.at}`,
      );
    }
  });

  it('has entries for sign-in, session start and end, and verifies', async () => {
    const kinds = new Set((await readEntries()).map(({ kind }) => kind));
    for (const kind of ['gateway.start', 'configuration.apply', 'sign-in', 'session.start']) {
      assert.ok(kinds.has(kind), `no ${kind}`);
    }
    const { code, output, errors } = await command.run('audit', 'verify', join(directory, 'data'));
    assert.equal(code, 0, output + errors);
  });

  it('never holds the token that somebody signed in with', async () => {
    const { output } = await command.run('audit', 'list', join(directory, 'data'), '--json');
    const signature = environment.gateway.password.split('.').at(-1) ?? '';
    assert.ok(signature.length > 20 && !output.includes(signature));
    assert.ok(!(environment.process?.log() ?? '').includes(signature));
  });

  async function readEntries(kind?: string): Promise<readonly Entry[]> {
    const filter = kind === undefined ? [] : ['--kind', kind];
    const list = ['audit', 'list', join(directory, 'data'), '--json', ...filter];
    const { output, errors, code } = await command.run(...list);
    assert.equal(code, 0, errors);
    return output
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Entry);
  }
});
