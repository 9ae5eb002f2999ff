import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import postgres from 'postgres';
import { changeYaml } from '../../demo/write-configuration.ts';
import { type HospitalEnvironment, startHospitalEnvironment } from './environment.ts';
import {
  bind,
  errorFields,
  execute,
  parse,
  query,
  type RawConnection,
  signIn,
  sync,
} from './raw-connection.ts';

const COUNT_PATIENTS = 'SELECT count(*) FROM patients';
const CLOSED =
  '@id("closed") @reason("closed") forbid (principal, action in Action::"sql.read", resource);';

describe('sessions that run while the configuration changes', () => {
  let environment: HospitalEnvironment;
  let configuration: string;
  before(async () => {
    environment = await startHospitalEnvironment();
    configuration = environment.stack.configurationDirectory;
  });
  after(() => environment[Symbol.asyncDispose]());
  afterEach(async () => {
    await rm(join(configuration, 'policies/closed.cedar'), { force: true });
    await disable([]);
    await eventually(async () => {
      using connection = await signIn(environment.as('ana'));
      assert.equal(await ask(connection, COUNT_PATIENTS), 'TDCZ');
    });
  });

  it('end when their principal is disabled, and say why; those of others go on', async () => {
    using ana = await signIn(environment.as('ana'));
    using petra = await signIn(environment.as('petra'));
    assert.equal(await ask(ana, COUNT_PATIENTS), 'TDCZ');
    await disable(['clinic:ana']);

    const last = await ana.message();
    assert.equal(last.type, 'E');
    const { C: sqlState, M: reason } = errorFields(last.body);
    assert.deepEqual(
      [sqlState, reason],
      ['28000', 'terminating connection because access was withdrawn'],
    );
    assert.equal((await ana.untilClosed()).length, 0);
    await assert.rejects(signIn(environment.as('ana')), /Cannot sign in: .*"C":"28000"/);
    assert.equal(await ask(petra, COUNT_PATIENTS), 'TDCZ');
  });

  it('end in the middle of a statement when their principal is disabled', async () => {
    using ana = await signIn(environment.as('ana'));
    ana.send(query('SELECT pg_sleep(600)'));
    await eventually(async () => assert.equal(await countSleepers(), 1));
    await disable(['clinic:ana']);
    const last = await ana.message();
    assert.equal(errorFields(last.body)['C'], '28000');
    await ana.untilClosed();
    await eventually(async () => assert.equal(await countSleepers(), 0));
  });

  it('follow a new policy inside an open transaction, whose work is then rolled back', async () => {
    using ana = await signIn(environment.as('ana'));
    assert.equal(await ask(ana, 'BEGIN'), 'CZ');
    await writeFile(join(configuration, 'policies/closed.cedar'), CLOSED);
    await eventually(async () => assert.equal(await ask(ana, COUNT_PATIENTS), 'EZ'));
    ana.send(query(COUNT_PATIENTS));
    const [error] = await ana.messagesUntil('Z');
    assert(error !== undefined);
    assert.equal(errorFields(error.body)['C'], '42501');
    ana.send(query('ROLLBACK'));
    assert.equal((await ana.messagesUntil('Z')).length, 2);
  });

  it('follow a new policy in a cursor that is half read', async () => {
    using ana = await signIn(environment.as('ana'));
    ana.send(
      ...[query('BEGIN'), parse('', 'SELECT * FROM patients'), bind('half', '')],
      ...[execute('half', 1), sync()],
    );
    await ana.messagesUntil('s');
    await ana.messagesUntil('Z');
    await writeFile(join(configuration, 'policies/closed.cedar'), CLOSED);
    await eventually(async () => {
      ana.send(execute('half', 1), sync());
      const [answer] = await ana.messagesUntil('Z');
      assert(answer?.type === 'E');
      assert.equal(errorFields(answer.body)['C'], '42501');
    });
  });

  it('keep the functions that their target allowed, which later sessions may not call any more', async () => {
    const text = 'SELECT whisper()';
    await askTarget(
      `CREATE FUNCTION whisper() RETURNS text LANGUAGE sql AS 'SELECT last_name FROM patients LIMIT 1'`,
    );
    await allow(['public.whisper']);
    let running: RawConnection | undefined;
    await eventually(async () => {
      running?.[Symbol.dispose]();
      running = await signIn(environment.as('ana'));
      assert.equal(await ask(running, text), 'TDCZ');
    });
    assert(running);
    await allow([]);
    await eventually(async () => {
      assert.equal(await ask(running as RawConnection, text), 'TDCZ');
      using later = await signIn(environment.as('ana'));
      assert.equal(await ask(later, text), 'EZ');
    });
    running[Symbol.dispose]();
  });

  async function allow(functionsAllowed: readonly string[]): Promise<void> {
    const changes = [[['functionsAllowed'], functionsAllowed]] as const;
    await changeYaml(join(configuration, 'targets/hospital.yaml'), changes);
  }

  async function disable(ids: readonly string[]): Promise<void> {
    await changeYaml(join(configuration, 'sallyport.yaml'), [[['identity', 'disabled'], ids]]);
  }

  async function countSleepers(): Promise<number> {
    const rows = await askTarget(`SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'`);
    return rows.length;
  }

  /** Past the gateway. */
  async function askTarget(text: string): Promise<readonly unknown[]> {
    const { socketPath, superuser } = environment.stack.target;
    const sql = postgres({ path: socketPath, user: superuser, database: 'hospital', max: 1 });
    try {
      return await sql.unsafe(text);
    } finally {
      await sql.end();
    }
  }
});

/** Types of the messages that answer a simple query. */
async function ask(connection: RawConnection, sql: string): Promise<string> {
  connection.send(query(sql));
  return (await connection.messagesUntil('Z')).map(({ type }) => type).join('');
}

/** Tries again until it holds: a reload takes a moment. The last failure is the test's. */
async function eventually(assertion: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await assertion();
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
