import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { postgresTargetFileSchema } from '../../src/configuration/postgres-target-file.ts';
import { secretSourcesSchema } from '../../src/configuration/secret-source-settings.ts';
import type { UpstreamConnection } from '../../src/protocols/postgres/upstream.ts';
import { createSecretResolver } from '../../src/targets/secret-resolver.ts';
import { SecretSources } from '../../src/targets/secrets/secret-sources.ts';
import { openWays } from '../../src/upstream/open-ways.ts';
import { FOR_GATEWAY } from '../../src/upstream/ways.ts';
import { type PrivatePostgres, startPrivatePostgres } from '../e2e/private-postgres.ts';
import { BaoService } from './bao-service.ts';

const MINUTE_MS = 60_000;
const START = { database: 'postgres', parameters: new Map<string, string>() };

let nowMs = 0;
let server: PrivatePostgres;
let bao: BaoService;
let sources: SecretSources;

/** Logs in to the server as a session of the gateway does. */
function openGateway(
  credential: Readonly<Record<string, string>>,
): () => Promise<UpstreamConnection> {
  const secretSources = secretSourcesSchema({ directory: '/' }).parse({
    bao: {
      kind: 'openbao',
      address: bao.url,
      auth: { appRole: { roleId: 'gateway', secretId: 'env:SECRET_ID' } },
    },
  });
  sources = new SecretSources(secretSources, {
    resolveSecret: async () => Buffer.from(bao.secretId),
    nowMs: () => nowMs,
    onProblem: () => undefined,
  });
  const resolveSecret = createSecretResolver({ environment: {}, vault: undefined, sources });
  const root = { directory: '/', secretSources };
  const defaults = { root, name: 'hospital', idleTimeoutMs: 0, side: 'gateway' } as const;
  const target = postgresTargetFileSchema(defaults).parse({
    kind: 'postgres',
    address: `127.0.0.1:${server.port}`,
    database: 'postgres',
    tls: { mode: 'disable' },
    credential,
  });
  const ways = openWays({ resolveSecret, nowMs: Date.now });
  const { signal } = new AbortController();
  return () => ways.connectPostgres(target, START, FOR_GATEWAY, signal);
}

async function isConnected(user: string): Promise<boolean> {
  return (
    (
      await server.execute(`SELECT count(*) FROM pg_stat_activity WHERE usename = '${user}'`)
    ).trim() !== '0'
  );
}

function startServers(): void {
  before(async () => {
    server = await startPrivatePostgres({
      version: 'debian',
      hba: ['host all all 127.0.0.1/32 scram-sha-256'],
    });
  });
  after(() => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    nowMs = 1_000_000;
    bao = await BaoService.start(() => nowMs);
  });
  afterEach(async () => {
    await sources[Symbol.asyncDispose]();
    await bao[Symbol.asyncDispose]();
  });
}

describe('a password that is rotated', () => {
  startServers();

  it('is read anew when the server refuses the old one, and running sessions go on', async () => {
    await server.execute("CREATE ROLE rotated LOGIN PASSWORD 'first'");
    bao.pairs.set('hospital', { password: 'first' });
    const connect = openGateway({ user: 'rotated', password: 'bao:kv/hospital#password' });
    const running = await connect();
    await server.execute("ALTER ROLE rotated PASSWORD 'second'");
    bao.pairs.set('hospital', { password: 'second' });
    nowMs += MINUTE_MS;
    const next = await connect();
    assert(await isConnected('rotated'));
    assert.equal(running.socket.destroyed, false);
    const reads = (): number => bao.requests.filter(({ url }) => url.includes('/kv/')).length;
    assert.equal(reads(), 2);

    await server.execute("ALTER ROLE rotated PASSWORD 'third'");
    for (let times = 0; times < 3; times++) {
      await assert.rejects(connect(), { code: 'ERR_UPSTREAM_LOGIN' });
    }
    assert.equal(reads(), 2, 'the source is not asked again for ten seconds');
    nowMs += 10_000;
    await assert.rejects(connect(), { code: 'ERR_UPSTREAM_LOGIN' });
    assert.equal(reads(), 3);
    for (const { socket } of [running, next]) socket.destroy();
  });
});

describe('a user who is made for a while', () => {
  startServers();

  it('is used by sessions while its lease lives, and is given back when the last has ended', async () => {
    const connect = openGateway({ login: 'bao:database/creds/reader' });
    // The stand-in makes nobody in the server: its first user is made here when it is known.
    await assert.rejects(connect(), { code: 'ERR_UPSTREAM_LOGIN' });
    const [name = ''] = bao.users();
    await server.execute(`CREATE ROLE "${name}" LOGIN PASSWORD 'A1a-${name}'`);
    const sessions = [await connect(), await connect()];
    assert(await isConnected(name));
    for (let minutes = 0; minutes < 60; minutes++) {
      nowMs += MINUTE_MS;
      await sources.sweep();
    }
    assert.deepEqual(bao.users(), [name], 'renewed for as long as it is in use');
    for (const { socket } of sessions) {
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.destroy();
      await closed;
    }
    for (let minutes = 0; minutes < 20; minutes++) {
      nowMs += MINUTE_MS;
      await sources.sweep();
    }
    assert.deepEqual(bao.users(), []);
  });

  it('is no reason to make another when something else is in the way', async () => {
    const connect = openGateway({ login: 'bao:database/creds/reader' });
    await assert.rejects(connect(), { code: 'ERR_UPSTREAM_LOGIN' });
    const [name = ''] = bao.users();
    await server.execute(`CREATE ROLE "${name}" LOGIN PASSWORD 'A1a-${name}' CONNECTION LIMIT 0`);
    nowMs += MINUTE_MS;
    await assert.rejects(connect(), { code: 'ERR_UPSTREAM_LOGIN' });
    assert.deepEqual(bao.users(), [name]);
  });
});
