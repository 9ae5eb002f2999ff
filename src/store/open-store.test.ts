import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Client } from 'pg';
import type { TokenRecord } from '../identity/token-store.ts';
import type { SessionEnd, SessionStart } from '../recording/session-index.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';
import { readMigrations } from './migrate.ts';
import { openStore, type Store } from './open-store.ts';
import type { PostgresSessionIndex } from './sessions.ts';

const T0 = Date.UTC(2026, 0, 2, 3, 4, 5);

let directory: string;
let server: EmbeddedPostgres;
let store: Store;

/** As the first version wrote it: of today's code, none writes into a store of yesterday. */
const EARLIER_TOKEN = `
  insert into sallyport.tokens (hash, id, principal_id, principal, issued_at, expires_at)
  values (sha256('earlier'), 'tok_earlier', 'idp:alice', '{"id": "idp:alice"}', now(), now())`;

/** Before and after the tests of one `describe`. */
function prepareTests(): void {
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'sallyport-store-'));
    server = await startEmbeddedPostgres(directory);
    store = await openStore({ connection: server.connection });
  });
  after(async () => {
    await store.close();
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  });
}

describe('openStore', () => {
  prepareTests();

  it('applies each migration once, however many gateways start together', async () => {
    const opened = await Promise.all(
      Array.from({ length: 5 }, () => openStore({ connection: server.connection })),
    );
    await Promise.all(opened.map((one) => one.close()));
    const names = await query('select name from sallyport.migrations order by applied_at');
    assert.deepEqual(
      names,
      readMigrations().map(({ name }) => ({ name })),
    );
  });

  it('brings the store of each earlier version up to date, with what is in it', async () => {
    const migrations = readMigrations();
    for (const [count] of migrations.entries()) {
      await query(`create database earlier_${count}`);
      const connection = { ...server.connection, database: `earlier_${count}` };
      const earlier = await openStore({ connection, migrations: migrations.slice(0, count) });
      await earlier.close();
      if (count > 0) await query(EARLIER_TOKEN, connection.database);
      const opened = await openStore({ connection });
      const kinds = (await opened.tokens.list('idp:alice')).map(({ kind }) => kind);
      assert.deepEqual(kinds, count > 0 ? ['bearer'] : []);
      await opened.close();
    }
  });

  it('gives a migration the time that it takes, whatever limit statements have', async () => {
    await query('create database limited');
    await query("alter database limited set statement_timeout to '9s'");
    const sql = `do $$ begin
      if exists (select from pg_settings where name in ('statement_timeout', 'lock_timeout') and setting <> '0')
      then raise 'it may not take its time'; end if; end $$`;
    const migrations = [...readMigrations(), { name: '9999-long', sql }];
    const connection = { ...server.connection, database: 'limited' };
    await using opened = await openStore({ connection, migrations });
    assert(await opened.isReady());
  });

  it('refuses a database that a newer version migrated', async () => {
    await assert.rejects(
      openStore({ connection: server.connection, migrations: readMigrations().slice(0, 1) }),
      { code: 'ERR_STORE', message: /newer version of Sallyport applied 0002-sessions/ },
    );
  });

  it('refuses a migration that was changed after it had been applied', async () => {
    const changed = readMigrations().map(({ name, sql }) => ({ name, sql: `${sql}-- changed` }));
    await assert.rejects(openStore({ connection: server.connection, migrations: changed }), {
      code: 'ERR_STORE',
      message: /0001-tokens was applied with other contents/,
    });
  });

  it('leaves nothing of a migration that fails', async () => {
    const migrations = [
      ...readMigrations(),
      { name: '9999-broken', sql: 'create table sallyport.half (n int); select 1/0' },
    ];
    await assert.rejects(openStore({ connection: server.connection, migrations }), {
      code: 'ERR_STORE',
      message: /9999-broken failed/,
    });
    assert.deepEqual(await query("select to_regclass('sallyport.half') as half"), [{ half: null }]);
  });

  it('says that a database cannot be reached without showing how it was tried', async () => {
    const connectionString = 'postgres://someone:hunter2@127.0.0.1:1/secret';
    await assert.rejects(
      openStore({ connection: { kind: 'external', connectionString } }),
      (error: Error) => {
        assert.equal(error.message, 'Cannot open the store: the database answers ECONNREFUSED');
        return true;
      },
    );
  });

  it('gives up connections that fell silent, and asks on others', {
    timeout: 60_000,
  }, async (context) => {
    const way = await openWay();
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const through = await openStore({ connection: way.connection });
    // Connections made later pass: there has to be one that falls silent.
    assert.deepEqual(await through.gateways.listAlive(), []);
    way.hold();
    const asked = Promise.allSettled([through.gateways.listAlive()]);
    let isOver = false;
    void asked.then(() => {
      isOver = true;
    });
    while (!isOver) {
      context.signal.throwIfAborted();
      context.mock.timers.tick(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal((await asked)[0].status, 'rejected');
    assert.deepEqual(await through.gateways.listAlive(), []);
    await through.close();
    way.close();
  });

  it('knows whether the database answers', async () => {
    const other = await openStore({ connection: server.connection });
    assert.equal(await other.isReady(), true);
    await other.close();
    assert.equal(await other.isReady(), false);
  });

  it('is not ready while its database takes nothing', async () => {
    await query('create database read_only');
    const connection = { ...server.connection, database: 'read_only' };
    await using opened = await openStore({ connection });
    assert.equal(await opened.isReady(), true);
    await query('alter database read_only set default_transaction_read_only to on');
    await query(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = 'read_only'`,
    );
    await opened.isReady(); // By the connection that was ended, if that is not known yet.
    assert.equal(await opened.isReady(), false);
  });
});

describe('PostgresTokenStore', () => {
  prepareTests();

  it('finds a token by its hash, with all that was known of it', async () => {
    const record = createToken('a');
    await store.tokens.insert(record);
    assert.deepEqual(await store.tokens.find(record.hash), record);
    assert.equal(await store.tokens.find(hash('sha256', 'other', 'buffer')), undefined);
  });

  it('keeps the first of two revocations', async () => {
    const record = createToken('b');
    await store.tokens.insert(record);
    assert.equal(await store.tokens.revoke(record.id, T0 + 5), true);
    assert.equal(await store.tokens.revoke(record.id, T0 + 9), true);
    assert.equal((await store.tokens.find(record.hash))?.revokedAtMs, T0 + 5);
    assert.equal(await store.tokens.revoke('tok_unknown', T0), false);
  });

  it("lists one principal's tokens, newest first", async () => {
    const older = createToken('c', { principalId: 'idp:carol', issuedAtMs: T0 });
    const newer = createToken('d', { principalId: 'idp:carol', issuedAtMs: T0 + 1 });
    await store.tokens.insert(older);
    await store.tokens.insert(newer);
    assert.deepEqual(await store.tokens.list('idp:carol'), [newer, older]);
  });

  it('forgets tokens that expired long ago', async () => {
    const old = createToken('e', { principalId: 'idp:erin', issuedAtMs: T0 - 30 * 86_400_000 });
    await store.tokens.insert(old);
    await store.tokens.insert(createToken('f', { principalId: 'idp:erin' }));
    assert.equal(await store.tokens.find(old.hash), undefined);
  });

  it('refuses the same token twice', async () => {
    const record = createToken('g');
    await store.tokens.insert(record);
    await assert.rejects(store.tokens.insert({ ...record, id: 'tok_other' }), { code: '23505' });
  });
});

describe('PostgresSessionIndex', () => {
  prepareTests();
  let index: PostgresSessionIndex;
  before(() => {
    index = store.openSessions(Buffer.alloc(32, 7));
  });

  it('returns a session as it was started and ended, and keeps the first end', async () => {
    const session = createSession('s1', { recordingPath: '2026/s1.rec' });
    await index.start(session);
    assert.deepEqual(await index.find('s1'), session);

    await index.end('s1', END);
    await index.end('s1', { ...END, reason: 'forged', operations: 0 });
    assert.deepEqual(await index.find('s1'), { ...session, end: END });
    assert.equal(await index.find('unknown'), undefined);
  });

  it('pages through the list, newest first, each session once', async () => {
    const ids = ['p1', 'p2', 'p3', 'p4', 'p5'];
    for (const id of ids) {
      await index.start(createSession(id, { target: 'paged' }));
    }
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await index.list({
        target: 'paged',
        limit: 2,
        ...(cursor && { cursor }),
      });
      assert.ok(page.sessions.length <= 2);
      seen.push(...page.sessions.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    assert.deepEqual(seen, ids.toReversed());
  });

  it('shows only what the asker may see', async () => {
    await index.start(createSession('v1', { principalId: 'idp:vera', target: 'hidden' }));
    await index.start(createSession('v2', { principalId: 'idp:other', target: 'hidden' }));
    await index.start(createSession('v3', { principalId: 'idp:other', target: 'open' }));
    const { sessions } = await index.list({
      visibleTo: { principalId: 'idp:vera', targets: ['open'] },
    });
    assert.deepEqual(sessions.map(({ id }) => id).toSorted(), ['v1', 'v3']);
  });

  it('filters by principal and by start', async () => {
    await index.start(createSession('t1', { principalId: 'idp:tom', startedAtMs: T0 - 1_000 }));
    await index.start(createSession('t2', { principalId: 'idp:tom', startedAtMs: T0 }));
    const { sessions } = await index.list({ principalId: 'idp:tom', sinceMs: T0 });
    assert.deepEqual(
      sessions.map(({ id }) => id),
      ['t2'],
    );
  });

  it('takes names with a zero byte, which PostgreSQL cannot store', async () => {
    await index.start(createSession('z1', { applicationName: 'evil\0name' }));
    assert.equal((await index.find('z1'))?.applicationName, 'evil\u{fffd}name');
  });

  it('closes what a crashed gateway left open, and nothing of another', async () => {
    await index.start(createSession('c1', { gateway: 'crashed' }));
    await index.start(createSession('c2', { gateway: 'alive' }));
    assert.equal(await index.endAbandoned('crashed', T0 + 60_000), 1);
    assert.equal((await index.find('c1'))?.end?.reason, 'gateway-lost');
    assert.equal((await index.find('c2'))?.end, undefined);
  });

  it("makes no session somebody else's because that was written into the store without the key", async () => {
    await index.start(createSession('w1', { principalId: 'idp:victor', target: 'wards' }));
    await index.start(createSession('w2', { principalId: 'idp:eve', target: 'own' }));
    const find = async (): Promise<readonly unknown[]> => {
      const found = await index.find('w1');
      return [found?.principalId, found?.target, found?.gateway, found?.recordingPath];
    };
    const before = await find();
    await query(
      "update sallyport.sessions set principal_id = 'idp:eve', target = 'own', gateway = 'x', recording_path = 'x.rec' where id = 'w1'",
    );
    assert.deepEqual(await find(), before);
    const { sessions: listed } = await index.list({ principalId: 'idp:eve' });
    assert.deepEqual(listed.map(({ principalId }) => principalId).toSorted(), [
      ...['idp:eve', 'idp:victor'],
    ]);
    await query(
      "update sallyport.sessions set sealed = (select sealed from sallyport.sessions where id = 'w2') where id = 'w1'",
    );
    assert.equal(await index.find('w1'), undefined);
    await query("update sallyport.sessions set sealed = null where id = 'w1'");
    assert.equal(await index.find('w1'), undefined);
    assert.deepEqual(
      (await index.list({ target: 'own' })).sessions.map(({ id }) => id),
      ['w2'],
    );
  });

  it('seals what earlier versions wrote as it stands there, when it is told to', async () => {
    await index.sealEarlier();
    const { recordingPath: _, ...unrecorded } = createSession('e1', { database: '' });
    const started = [unrecorded, ...['e2', 'e3'].map((id) => createSession(id))];
    for (const session of started) await index.start(session);
    await query("update sallyport.sessions set sealed = null where id like 'e%'");
    assert.equal(await index.sealEarlier(), started.length);
    for (const session of started) assert.deepEqual(await index.find(session.id), session);
    assert.equal(await index.sealEarlier(), 0);
  });

  it('seals what earlier versions wrote once, however many gateways start together', async () => {
    await index.sealEarlier();
    await index.start(createSession('m0'));
    await query(
      `insert into sallyport.sessions (id, gateway, principal_id, principal_name, target, database, account,
         client_address, application_name, started_at)
       select 'm' || n, gateway, principal_id, principal_name, target, database, account, client_address,
         application_name, started_at from sallyport.sessions, generate_series(1, 1200) n where id = 'm0'`,
    );
    const counts = await Promise.all(Array.from({ length: 4 }, () => index.sealEarlier()));
    const sealed = counts.reduce((sum, count) => sum + count, 0);
    assert.equal(sealed, 1_200);
    assert.equal((await index.find('m1200'))?.target, createSession('m0').target);
  });
});

describe('LedgerLogRegistry', () => {
  prepareTests();

  it('remembers a log and only ever larger checkpoints of it', async () => {
    const log = { id: 'ledger.example/1', gateway: 'g1', publicKey: 'key-1', createdAtMs: T0 };
    assert.equal(await store.logs.register(log), true);
    assert.equal(await store.logs.register(log), true);
    assert.equal(await store.logs.register({ ...log, publicKey: 'key-2' }), false);

    const root = Buffer.alloc(32, 1);
    assert.equal(await store.logs.remember(log.id, { size: 10, root, atMs: T0 }), true);
    assert.equal(await store.logs.remember(log.id, { size: 9, root, atMs: T0 }), false);
    const forked = { size: 10, root: Buffer.alloc(32, 2), atMs: T0 };
    assert.equal(await store.logs.remember(log.id, forked), false);
    assert.equal(await store.logs.remember('unknown', { size: 11, root, atMs: T0 }), false);
    assert.deepEqual(await store.logs.list(), [
      { ...log, checkpoint: { size: 10, root, atMs: T0 } },
    ]);
  });
});

const END: SessionEnd = {
  endedAtMs: T0 + 10_000,
  reason: 'client-closed',
  operations: 12,
  refused: 1,
  rows: 3_000_000_000,
  bytesSent: 512,
  bytesShown: 5_000_000_000,
  recordingSha256: 'ab'.repeat(32),
};

function createSession(id: string, fields: Partial<SessionStart> = {}): SessionStart {
  return {
    id,
    gateway: 'g1',
    principalId: 'idp:alice',
    principalName: 'alice@example.test',
    target: 'hospital',
    database: 'hospital',
    account: '',
    clientAddress: '127.0.0.1:50000',
    applicationName: 'psql',
    startedAtMs: T0,
    ...fields,
  };
}

function createToken(
  name: string,
  { principalId = 'idp:alice', issuedAtMs = T0 } = {},
): TokenRecord {
  return {
    id: `tok_${name}`,
    kind: 'bearer',
    hash: hash('sha256', name, 'buffer'),
    principal: {
      id: principalId,
      issuer: 'idp',
      subject: 'alice',
      kind: 'person',
      displayName: 'alice@example.test',
      groups: ['analysts', 'a "quoted" group'],
    },
    issuedAtMs,
    expiresAtMs: issuedAtMs + 3_600_000,
  };
}

/** A way to the server on which nothing more comes through, once it is held, but on new connections. */
async function openWay() {
  const { host, port } = server.connection;
  const own = mkdtempSync(join(directory, 'way-'));
  const sockets = new Set<Socket>();
  const listening = createServer((near) => {
    const far = connect(socketOf(host, port));
    for (const [from, to] of [[near, far] as const, [far, near] as const]) {
      sockets.add(from.on('error', () => undefined));
      from.pipe(to);
    }
  }).listen(socketOf(own, port));
  await once(listening, 'listening');
  return {
    connection: { ...server.connection, host: own },
    hold() {
      for (const socket of sockets) socket.unpipe();
    },
    close() {
      listening.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** As PostgreSQL calls its Unix sockets. */
function socketOf(host: string, port: number): string {
  return join(host, `.s.PGSQL.${port}`);
}

async function query(text: string, database?: string): Promise<unknown[]> {
  const client = new Client({ ...server.connection, ...(database !== undefined && { database }) });
  await client.connect();
  try {
    return (await client.query(text)).rows as unknown[];
  } finally {
    await client.end();
  }
}
