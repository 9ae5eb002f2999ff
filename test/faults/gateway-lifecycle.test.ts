import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startGateway } from '../../demo/start-gateway.ts';
import { readEntries, type StoredEntry } from '../../src/audit/read-entries.ts';
import { verifyLedger } from '../../src/audit/verify-ledger.ts';
import { encodeCancelRequest } from '../../src/wire/postgres/cancel-request.ts';
import { type PrivatePostgres, startPrivatePostgres } from '../e2e/private-postgres.ts';
import {
  errorFields,
  message,
  openSocket,
  query,
  type RawConnection,
  signIn,
  startupMessage,
} from '../e2e/raw-connection.ts';
import { type GatewayStack, startGatewayStack } from './gateway-stack.ts';
import {
  EXECUTED_TABLE,
  missingFrom,
  NumberedLoad,
  readExecuted,
  readSealed,
} from './numbered-statements.ts';
import { becomes } from './process-status.ts';

const RELOAD_MS_MAX = 10_000;

/** The SQLSTATE of a statement's answer, or undefined if it went well. */
async function ask(connection: RawConnection, sql: string): Promise<string | undefined> {
  connection.send(query(sql));
  const error = (await connection.messagesUntil('Z')).find(({ type }) => type === 'E');
  return error && errorFields(error.body)['C'];
}

async function readKind(
  stack: GatewayStack,
  kind: 'session.start' | 'session.end' | 'gateway.start' | 'gateway.stop',
): Promise<readonly StoredEntry[]> {
  const entries: StoredEntry[] = [];
  for await (const entry of readEntries(stack.ledgerDirectory, { kinds: new Set([kind]) })) {
    entries.push(entry);
  }
  return entries;
}

describe('a gateway that is told to stop', () => {
  it('ends its sessions in order and loses nothing', async () => {
    await using server = await startPrivatePostgres({ version: 'debian' });
    await server.execute(EXECUTED_TABLE);
    await using stack = await startGatewayStack({ targetPort: server.port });
    using idle = await signIn(stack.side());
    const load = new NumberedLoad(1);
    await load.start(stack.side(), 4);
    await becomes(() => load.acknowledgedCount > 50, 10_000);

    assert.equal(await stack.gateway().stop(), 0);
    const farewell = await idle.message();
    assert.deepEqual(
      [farewell.type, errorFields(farewell.body)['C'], errorFields(farewell.body)['S']],
      ['E', '57P01', 'FATAL'],
    );
    const { acknowledged } = await load.finish();
    const executed = await readExecuted(server);
    const sealed = await readSealed(stack.ledgerDirectory);
    assert.deepEqual(missingFrom(executed, acknowledged), []);
    assert.deepEqual(missingFrom(sealed, executed), []);
    const ends = await readKind(stack, 'session.end');
    assert.deepEqual(
      ends.map(({ entry }) => entry['reason']),
      Array.from({ length: 5 }, () => 'gateway-stopping'),
    );
    assert.equal((await readKind(stack, 'gateway.stop')).length, 1);
    const report = await verifyLedger(stack.ledgerDirectory);
    assert(report.ok, JSON.stringify(report));
  });

  it('stops although clients neither read nor leave', async () => {
    await using server = await startPrivatePostgres({ version: 'debian' });
    await using stack = await startGatewayStack({ targetPort: server.port });
    const connections = await Promise.all(Array.from({ length: 5 }, () => signIn(stack.side())));
    for (const { socket } of connections) {
      socket.pause();
      socket.write(query("SELECT repeat('x', 1000) FROM generate_series(1, 300000)"));
    }
    using half = await openSocket(stack.side());
    half.send(startupMessage(stack.side()));
    await delay(300);
    assert.equal(await stack.gateway().stop(), 0);
    for (const { socket } of connections) socket.destroy();
  });
});

describe('a gateway whose configuration changes', () => {
  let server: PrivatePostgres;
  let stack: GatewayStack;
  let policies: string;

  before(async () => {
    server = await startPrivatePostgres({ version: 'debian' });
    stack = await startGatewayStack({ targetPort: server.port });
    policies = join(stack.configurationDirectory, 'policies');
  });

  after(async () => {
    await stack[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  async function reload(event: string): Promise<void> {
    const seen = stack.gateway().log().split(event).length;
    process.kill(stack.gateway().pid, 'SIGHUP');
    const isSeen = (): boolean => stack.gateway().log().split(event).length > seen;
    assert(await becomes(isSeen, RELOAD_MS_MAX), stack.gateway().log().slice(-2_000));
  }

  it('keeps the old policies when the new ones do not validate', async () => {
    using session = await signIn(stack.side());
    for (const [name, text] of [
      ['broken.cedar', 'permit (principal, action'],
      ['unknown.cedar', '@id("x") forbid (principal, action == Action::"sql.fly", resource);'],
    ] as const) {
      await writeFile(join(policies, name), text);
      await reload('configuration.rejected');
      assert.equal(await ask(session, 'SELECT 1'), undefined);
      using other = await signIn(stack.side());
      assert.equal(await ask(other, 'CREATE TEMPORARY TABLE t (n int)'), undefined);
      await rm(join(policies, name));
    }
  });

  it('keeps what it has when a start with the new one would be refused, and says where that is wrong', async () => {
    const directory = stack.configurationDirectory;
    const target = 'kind: http\naddress: api.example:443\ncredential: {none: true}\n';
    const files = [
      ['targets/api.yaml', `${target}openapi: api.json\n`],
      ['api.json', '{"openapi":"2"}'],
    ] as const;
    for (const [name, text] of files) await writeFile(join(directory, name), text);
    await reload('configuration.rejected');
    assert.match(stack.gateway().log(), /"problems":1,"places":"targets\/api\.yaml:1:1"/);
    for (const [name] of files) await rm(join(directory, name));
    using session = await signIn(stack.side());
    assert.equal(await ask(session, 'SELECT 1'), undefined);
  });

  it('is found by its file after another could not start on its data directory', async () => {
    const file = join(stack.dataDirectory, 'gateway.pid');
    const written = await readFile(file, 'utf8');
    await assert.rejects(startGateway(stack.configurationDirectory), /uses it/);
    assert.equal(await readFile(file, 'utf8'), written);
  });

  it('follows a new policy at the next statement of a running session', async () => {
    using session = await signIn(stack.side());
    assert.equal(await ask(session, 'CREATE TEMPORARY TABLE u (n int)'), undefined);
    await writeFile(
      join(policies, 'no-tables.cedar'),
      '@id("no-tables") forbid (principal, action == Action::"sql.create", resource);',
    );
    await reload('configuration.applied');
    assert.equal(await ask(session, 'CREATE TEMPORARY TABLE v (n int)'), '42501');
    assert.equal(await ask(session, 'SELECT 1'), undefined);
    await rm(join(policies, 'no-tables.cedar'));
    await reload('configuration.applied');
    assert.equal(await ask(session, 'CREATE TEMPORARY TABLE w (n int)'), undefined);
  });
});

describe('a gateway of two processes', () => {
  const SESSIONS = 12;
  let server: PrivatePostgres;
  let stack: GatewayStack;

  before(async () => {
    server = await startPrivatePostgres({ version: 'debian' });
    stack = await startGatewayStack({
      targetPort: server.port,
      gateway: [[['gateway', 'workers'], 2]],
    });
  });

  after(async () => {
    await stack[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  /** Signs in without the shortcuts of others, to get at the cancel key. */
  async function signInWithKey(): Promise<{ connection: RawConnection; key: Buffer }> {
    const side = stack.side();
    const connection = await openSocket(side);
    connection.send(startupMessage(side), message('p', side.password));
    const key = (await connection.messagesUntil('Z')).find(({ type }) => type === 'K')?.body;
    assert(key);
    return { connection, key };
  }

  it('spreads sessions, and cancels whichever process a request comes to', async () => {
    const sessions = await Promise.all(Array.from({ length: SESSIONS }, signInWithKey));
    const logs = new Set((await readKind(stack, 'session.start')).map(({ logName }) => logName));
    assert.equal(logs.size, 2, `sessions are in ${[...logs].join(', ')} only`);

    for (const { connection } of sessions) connection.send(query('SELECT pg_sleep(60)'));
    await delay(300);
    for (const { connection, key } of sessions) {
      using canceller = await openSocket(stack.side());
      canceller.send(encodeCancelRequest(key.readInt32BE(0), key.subarray(4)));
      await canceller.untilClosed();
      const answer = await connection.messagesUntil('Z');
      const error = answer.find(({ type }) => type === 'E');
      assert.equal(error && errorFields(error.body)['C'], '57014');
      connection.socket.destroy();
    }
  });

  it('replaces a process that was killed, and the other goes on', async () => {
    const sessions = await Promise.all(Array.from({ length: SESSIONS }, signInWithKey));
    const starts = await readKind(stack, 'gateway.start');
    const worker = starts.find(
      ({ entry }) => entry['process'] === '1' || String(entry['process']).endsWith('1'),
    );
    assert(worker, JSON.stringify(starts.map(({ entry }) => entry)));
    process.kill(Number(worker.entry['pid']), 'SIGKILL');
    await delay(200);
    const outcomes = await Promise.allSettled(
      sessions.map(({ connection }) => ask(connection, 'SELECT 1')),
    );
    const survivors = outcomes.filter(({ status }) => status === 'fulfilled').length;
    assert(survivors > 0 && survivors < SESSIONS, `${survivors} sessions survived`);
    for (const { connection } of sessions) connection.socket.destroy();

    let restarted = starts.length;
    const until = performance.now() + 15_000;
    while (restarted === starts.length && performance.now() < until) {
      await delay(200);
      restarted = (await readKind(stack, 'gateway.start')).length;
    }
    assert.equal(restarted, starts.length + 1);
    for (let count = 0; count < SESSIONS; count++) {
      using session = await signIn(stack.side());
      assert.equal(await ask(session, 'SELECT 1'), undefined);
    }
  });

  it('leaves a ledger of which every log verifies', async () => {
    assert.equal(await stack.gateway().stop(), 0);
    const report = await verifyLedger(stack.ledgerDirectory);
    assert(report.ok, JSON.stringify(report));
    assert(report.logs.length >= 2, JSON.stringify(report));
  });
});
