/**
 * Measures how soon what is done at one of three gateways takes effect on each of them: `node
 * test/gateways/measure-effect.ts --rounds 25`. Prints milliseconds from the moment that it was asked for.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { type GatewayProcess, joinGateway } from '../../demo/start-gateway.ts';
import { changeYaml } from '../../demo/write-configuration.ts';
import type { SessionList } from '../../src/api/session.ts';
import { eventually } from '../connector/eventually.ts';
import {
  addConnector,
  getConnector,
  startConnector,
  writeConnector,
} from '../connector/start-connector.ts';
import { type ApiCaller, callApi } from '../e2e/call-api.ts';
import { DATABASE, type Member, startGateways, TARGET } from './environment.ts';
import { requestText } from './request-text.ts';
import { applyShared, copyAsShared } from './shared-configuration.ts';

const GATEWAYS = 3;
const LOOK_INTERVAL_MS = 10;
const CLOSED =
  '@id("closed") @reason("closed") forbid (principal, action in Action::"sql.read", resource);\n';
const REMOTE = 'remote';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '25' } } });
const rounds = Number(values.rounds);

await using opened = new AsyncDisposableStack();
const directory = await mkdtemp(join(tmpdir(), 'sallyport-effect-'));
opened.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
const gateways = opened.use(
  await startGateways({
    count: 1,
    gateway: [[['listeners', 'connectors'], { address: '127.0.0.1:0' }]],
    targets: {
      [REMOTE]: {
        ...{ kind: 'postgres', address: '192.0.2.1:5432', database: DATABASE },
        ...{ connector: 'ward-3', credential: { user: 'postgres' }, tls: { mode: 'disable' } },
      },
    },
  }),
);
const { server } = gateways;
const [first] = gateways.members as [Member];
const shared = join(directory, 'shared');
const sharedFile = join(shared, 'sallyport.yaml');
await copyAsShared(first.configurationDirectory, shared);
// Clients name the target, since there are two.
await changeYaml(sharedFile, [[['listeners', 'postgres', 0, 'target'], undefined]]);
await changeYaml(join(shared, 'targets', `${REMOTE}.yaml`), [
  [['credential'], { user: server.superuser }],
]);
await applyShared(first.api('petra'), shared);
const members: GatewayProcess[] = [];
for (let index = 0; index < GATEWAYS; index++) {
  const name = `joined-${index}`;
  const options = [
    '--join',
    'env:SALLYPORT_STORE',
    '--name',
    name,
    '--data',
    join(directory, name),
  ];
  const member = await joinGateway(options, gateways.environment);
  members.push(member);
  opened.defer(async () => void (await member.stop()));
}

const outcomes = new Map<string, number[]>();
// What was measured before a failure is told, too.
opened.defer(() => {
  for (const [what, times] of outcomes) process.stdout.write(`${what}: ${describe(times)}\n`);
});
for (let round = 0; round < rounds; round++) {
  await measurePolicies();
  await measureToken(round);
  await measureSessionEnd(round);
  await measureDisabled();
  await measureConnector(round);
}

/** The policies change by the API; until each gateway refuses, and permits again. */
async function measurePolicies(): Promise<void> {
  const clients = await Promise.all(members.map((member) => connect(member, 'ana')));
  const watch = (isClosed: boolean): Promise<unknown> => {
    const startedAt = performance.now();
    const seen = clients.map(async (client) => {
      while ((await isRefused(client)) !== isClosed) await sleep(LOOK_INTERVAL_MS);
      note('policies changed through the API', startedAt);
    });
    return Promise.all([applyShared(first.api('petra'), shared), ...seen]);
  };
  const file = join(shared, 'policies/closed.cedar');
  await writeFile(file, CLOSED);
  await watch(true);
  await rm(file);
  await watch(false);
  for (const client of clients) await client.end();
}

async function measureToken(round: number): Promise<void> {
  const issued = await requestText(first.api('ana'), '/oauth2/token', {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: first.api('ana').token,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  });
  const { access_token: token } = JSON.parse(issued.body) as { readonly access_token: string };
  const clients = await Promise.all(members.map((member) => connect(member, 'ana', { token })));
  const startedAt = performance.now();
  const ends = clients.map(async (client) => {
    await endOf(client);
    note('a token is revoked: its sessions are over', startedAt);
  });
  await requestText(apiOf(round, 'ana'), '/oauth2/revoke', { token });
  await Promise.all(ends);
}

/** Ended by an administrator at the gateway after the one that serves it. */
async function measureSessionEnd(round: number): Promise<void> {
  const client = await connect(pick(round), 'noor');
  const caller = apiOf(round + 1, 'petra');
  const session = await eventually('the session', async () => {
    const path = '/v1/sessions?state=live&principal=clinic:noor';
    return (await callApi<SessionList>(caller, 'GET', path)).sessions[0];
  });
  const startedAt = performance.now();
  const ended = endOf(client);
  await callApi(caller, 'POST', `/v1/sessions/${session.id}/end`, { reason: 'to measure it' });
  await ended;
  note('a session is ended at another gateway', startedAt);
}

async function measureDisabled(): Promise<void> {
  const clients = await Promise.all(members.map((member) => connect(member, 'noor')));
  await changeYaml(sharedFile, [[['identity', 'disabled'], ['clinic:noor']]]);
  const startedAt = performance.now();
  const ends = clients.map(async (client) => {
    await endOf(client);
    note('a principal is disabled: the sessions are over', startedAt);
  });
  await applyShared(first.api('petra'), shared);
  await Promise.all(ends);
  await changeYaml(sharedFile, [[['identity', 'disabled'], []]]);
  await applyShared(first.api('petra'), shared);
  for (const member of members) {
    await eventually('noor again', async () => {
      const client = await connect(member, 'noor').catch(() => undefined);
      await client?.end();
      return client;
    });
  }
}

async function measureConnector(round: number): Promise<void> {
  const own = join(directory, `connector-${round}`);
  const { token, authority } = await addConnector(apiOf(round, 'petra'), 'ward-3');
  await writeConnector(own, {
    ...{ name: 'ward-3', authority, token },
    gateways: members.map(({ connectors }) => `127.0.0.1:${connectors?.port}`),
    targets: {
      [REMOTE]: {
        ...{ kind: 'postgres', address: `${server.host}:${server.port}`, database: DATABASE },
        credential: { at: 'gateway' },
      },
    },
  });
  await using _connector = await startConnector(own);
  await eventually('its tunnels', async () => {
    const { tunnels } = await getConnector(apiOf(round, 'petra'), 'ward-3');
    return tunnels.length === GATEWAYS || undefined;
  });
  const clients = await Promise.all(
    members.map((member) => connect(member, 'ana', { target: REMOTE })),
  );
  const startedAt = performance.now();
  const ends = clients.map(async (client) => {
    await endOf(client);
    note('a connector is removed: what it carries is over', startedAt);
  });
  await callApi(apiOf(round, 'petra'), 'POST', '/v1/connectors/ward-3/remove');
  await Promise.all(ends);
}

interface Way {
  readonly token?: string;
  readonly target?: string;
}

async function connect(
  { postgres: { port } }: GatewayProcess,
  user: string,
  { token, target = TARGET }: Way = {},
): Promise<pg.Client> {
  const { password, authorityFile = '' } = first.side(user);
  const client = new pg.Client({
    ...{ host: 'localhost', port, user, database: `${target}/${DATABASE}` },
    password: token ?? password,
    ssl: { ca: readFileSync(authorityFile, 'utf8') },
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function isRefused(client: pg.Client): Promise<boolean> {
  return client.query('SELECT 1').then(
    () => false,
    (error: { readonly code?: string }) => error.code === '42501',
  );
}

function endOf(client: pg.Client): Promise<void> {
  return new Promise((resolve) => {
    client.once('end', () => resolve());
  });
}

function pick(round: number): GatewayProcess {
  const member = members[round % GATEWAYS];
  if (member === undefined) throw new Error('no gateway');
  return member;
}

function apiOf(round: number, subject: string): ApiCaller {
  return { ...first.api(subject), port: pick(round).api?.port ?? 0 };
}

function note(what: string, startedAt: number): void {
  const times = outcomes.get(what) ?? [];
  times.push(performance.now() - startedAt);
  outcomes.set(what, times);
}

function describe(times: readonly number[]): string {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (share: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(0);
  return `${times.length} times, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`;
}
