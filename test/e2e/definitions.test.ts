import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Environment, type Side, startEnvironment } from './environment.ts';
import { query, type RawConnection, signIn } from './raw-connection.ts';

const ROUNDS = 4;
const ITS_CONNECTIONS = `FROM pg_stat_activity WHERE application_name = 'sallyport catalog'`;

describe('definitions through the gateway', () => {
  let environment: Environment;
  before(async () => {
    environment = await startEnvironment({ patients: 20 });
  });
  after(() => environment[Symbol.asyncDispose]());

  it('show at once what two sessions define and drop at the same time', async () => {
    const define = async (owner: string): Promise<void> => {
      using session = await signIn(environment.gateway);
      for (let round = 1; round <= ROUNDS; round++) {
        // One name of its own, and one that is made anew each time.
        for (const table of [`${owner}_${round}`, `${owner}_again`]) {
          await run(session, `CREATE TABLE ${table} (id int PRIMARY KEY)`);
          await run(session, `INSERT INTO ${table} VALUES (${round})`);
          await run(session, `ALTER TABLE ${table} ADD COLUMN note text`);
          await run(session, `UPDATE ${table} SET note = '${owner}'`);
          assert.equal(await run(session, `SELECT note FROM ${table}`), 'TDCZ');
          await run(session, `DROP TABLE ${table}`);
        }
      }
    };
    await Promise.all([define('one'), define('two')]);
  });

  it('know nothing of the end of the connection that reads the catalog', async () => {
    using session = await signIn(environment.gateway);
    let ended = 0;
    for (let round = 1; ended < 2; round++) {
      assert(round <= 20, 'no connection was kept');
      await run(session, `CREATE TABLE ended_${round} (id int)`);
      await run(session, `INSERT INTO ended_${round} VALUES (1)`);
      const sql = `SELECT count(pg_terminate_backend(pid)) ${ITS_CONNECTIONS}`;
      ended += Number(await environment.server.execute(sql));
    }
  });

  it('keep nobody from dropping the database afterwards', async () => {
    await environment.server.execute('CREATE DATABASE passing');
    {
      const side: Side = { ...environment.gateway, database: 'passing' };
      using session = await signIn(side);
      for (let round = 1; round <= ROUNDS; round++) {
        await run(session, `CREATE TABLE t_${round} (id int)`);
        await run(session, `INSERT INTO t_${round} VALUES (1)`);
      }
    }
    await environment.server.execute('DROP DATABASE passing');
    const left = await environment.server.execute(
      `SELECT count(*) ${ITS_CONNECTIONS} AND datname = 'passing'`,
    );
    assert.equal(left, '0');
  });
});

/** Types of the messages that answer; fails with what was refused. */
async function run(session: RawConnection, sql: string): Promise<string> {
  session.send(query(sql));
  const messages = await session.messagesUntil('Z');
  const error = messages.find(({ type }) => type === 'E');
  assert.equal(error, undefined, `${sql}: ${error?.body.toString('utf8')}`);
  return messages.map(({ type }) => type).join('');
}
