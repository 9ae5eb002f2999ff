/**
 * Puts a real Vault or OpenBao, and a real PostgreSQL behind its database engine, to the questions that `bao-source.ts`
 * asks. By hand, since neither is packaged where the tests run:
 *
 *     node test/secrets/run.ts http://127.0.0.1:8200 ROOT_TOKEN
 *
 * It enables engines and AppRole in that server; a fresh one in memory is the right one.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { rootWithoutSources } from '../../src/configuration/configuration-root.ts';
import { postgresTargetFileSchema } from '../../src/configuration/postgres-target-file.ts';
import type { SecretSourceSettings } from '../../src/configuration/secret-source-settings.ts';
import { VaultTransitKey } from '../../src/encryption/vault-transit.ts';
import type { UpstreamConnection } from '../../src/protocols/postgres/upstream.ts';
import { createSecretResolver } from '../../src/targets/secret-resolver.ts';
import { callBao } from '../../src/targets/secrets/openbao/call-bao.ts';
import { getProperty } from '../../src/targets/secrets/request-service.ts';
import { SecretSources } from '../../src/targets/secrets/secret-sources.ts';
import { openWays } from '../../src/upstream/open-ways.ts';
import { FOR_GATEWAY } from '../../src/upstream/ways.ts';
import { startPrivatePostgres } from '../e2e/private-postgres.ts';

const [, , address = '', root = ''] = process.argv;
const place = { address, namespace: undefined, caFile: undefined };
const { signal } = new AbortController();

async function put(path: string, body: Readonly<Record<string, unknown>>): Promise<unknown> {
  return callBao(place, { method: 'POST', path, token: root, body, signal });
}

async function get(path: string): Promise<unknown> {
  return callBao(place, { method: 'GET', path, token: root, signal });
}

await using server = await startPrivatePostgres({
  version: 'debian',
  hba: ['host all all 127.0.0.1/32 scram-sha-256'],
});
await server.execute("CREATE ROLE vault SUPERUSER LOGIN PASSWORD 'only-vault-has-it'");
const url = `postgresql://{{username}}:{{password}}@127.0.0.1:${server.port}/postgres?sslmode=disable`;

await put('sys/mounts/kv', { type: 'kv', options: { version: '2' } });
await put('sys/mounts/database', { type: 'database' });
await put('sys/mounts/transit', { type: 'transit' });
await put('sys/auth/approle', { type: 'approle' });
await put('transit/keys/sallyport', {});
await put('database/config/hospital', {
  plugin_name: 'postgresql-database-plugin',
  connection_url: url,
  allowed_roles: ['reader'],
  username: 'vault',
  password: 'only-vault-has-it',
});
await put('database/roles/reader', {
  db_name: 'hospital',
  creation_statements: [
    `CREATE ROLE "{{name}}" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'`,
  ],
  default_ttl: '6s',
  max_ttl: '20s',
});
const POLICY = `
path "kv/data/*" { capabilities = ["read"] }
path "database/creds/reader" { capabilities = ["read"] }
path "sys/leases/revoke" { capabilities = ["update"] }
path "transit/+/sallyport" { capabilities = ["update"] }`;
await put('sys/policies/acl/gateway', { policy: POLICY });
await put('auth/approle/role/gateway', {
  token_policies: 'gateway',
  token_ttl: '10s',
  token_max_ttl: '60s',
});
const roleId = String(
  getProperty(getProperty(await get('auth/approle/role/gateway/role-id'), 'data'), 'role_id'),
);
const secretId = String(
  getProperty(
    getProperty(await put('auth/approle/role/gateway/secret-id', {}), 'data'),
    'secret_id',
  ),
);

const problems: string[] = [];
const settings: ReadonlyMap<string, SecretSourceSettings> = new Map([
  [
    'bao',
    {
      ...{ kind: 'hashicorp-vault' as const, ...place, lifetimeMs: 2_000 },
      authentication: {
        kind: 'appRole' as const,
        mount: 'approle',
        roleId,
        secretId: 'env:SECRET_ID',
      },
      engines: new Map([
        ['kv', 'kv2' as const],
        ['database', 'database' as const],
      ]),
    },
  ],
]);
const sources = new SecretSources(settings, {
  resolveSecret: async () => Buffer.from(secretId),
  nowMs: () => performance.now(),
  onProblem: (name, { reason }) => void problems.push(`${name}: ${reason}`),
});
const resolve = createSecretResolver({ environment: {}, vault: undefined, sources });
const text = async (reference: string): Promise<string> => String(await resolve(reference));
const target = postgresTargetFileSchema({
  root: { ...rootWithoutSources('/'), secretSources: settings },
  name: 'hospital',
  idleTimeoutMs: 0,
  side: 'gateway',
}).parse({
  kind: 'postgres',
  address: `127.0.0.1:${server.port}`,
  database: 'postgres',
  tls: { mode: 'disable' },
  credential: { login: 'bao:database/creds/reader' },
});
const ways = openWays({ resolveSecret: resolve, nowMs: Date.now });
const start = { database: 'postgres', parameters: new Map<string, string>() };

/** Who has been made and not been dropped, in order. */
async function users(): Promise<readonly string[]> {
  const names = await server.execute(
    "SELECT usename FROM pg_user WHERE usename ~ '^v-' ORDER BY valuntil",
  );
  return names.split('\n').filter((name) => name !== '');
}

function connect(): Promise<UpstreamConnection> {
  return ways.connectPostgres(target, start, FOR_GATEWAY, signal);
}

await put('kv/data/hospital', { data: { password: 'first' } });
assert.equal(await text('bao:kv/hospital#password'), 'first');
await put('kv/data/hospital', { data: { password: 'second' } });
await sleep(2_100);
assert.equal(await text('bao:kv/hospital#password'), 'second');
console.log('key-value pairs: read, and read anew when their lifetime was over');

const running = await connect();
const [first = ''] = await users();
console.log(`database: ${first} was made and let in`);
await sleep(10_000);
assert.deepEqual(await users(), [first]);
console.log('database: its lease of 6 s was renewed for 10 s, and the token of 10 s with it');
let next = await connect();
while ((await users()).length < 2) {
  next.socket.destroy();
  await sleep(300);
  next = await connect();
}
next.socket.destroy();
next = await connect();
const [, second = ''] = await users();
console.log(`database: near the end of its 20 s, new sessions get ${second}`);
running.socket.destroy();
while ((await users()).includes(first)) await sleep(100);
console.log('database: the first was dropped once its session had ended');
await server.execute(`ALTER ROLE "${second}" PASSWORD 'changed-by-somebody'`);
await sleep(10_000);
const third = await connect();
console.log(`database: ${second} was refused, ${(await users()).at(-1)} was made and let in`);
third.socket.destroy();
next.socket.destroy();
await sources[Symbol.asyncDispose]();
while ((await users()).length > 0) await sleep(100);
console.log('database: all were dropped when the gateway ended');

const key = new VaultTransitKey({
  ...{ address, mount: 'transit', key: 'sallyport' },
  readToken: async () => root,
});
const wrapped = await key.wrap(Buffer.alloc(32, 7), 'try');
assert.deepEqual(await key.unwrap(wrapped, 'try'), Buffer.alloc(32, 7));
console.log('transit: wrapped and unwrapped');
assert.deepEqual(problems, []);
