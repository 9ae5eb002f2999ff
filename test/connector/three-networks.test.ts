import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import pg from 'pg';
import { stringify } from 'yaml';
import type { ApiCaller } from '../e2e/call-api.ts';
import { type Environment, startEnvironment } from '../e2e/environment.ts';
import { runPsql } from '../e2e/run-client.ts';
import { eventually } from './eventually.ts';
import { relayInNetwork, serveSiteInNetwork } from './serve-in-network.ts';
import {
  addConnector,
  type ConnectorProcess,
  getConnector,
  startConnector,
  writeConnector,
} from './start-connector.ts';
import { openThreeNetworks, type ThreeNetworks } from './three-networks.ts';

const TARGET_PORT = 5432;
const SITE_PORT = 8080;
const SITE_TOKEN = `t-${randomBytes(16).toString('hex')}`;

const runFile = promisify(execFile);

let networks: ThreeNetworks;
let environment: Environment;
let api: ApiCaller;
let directory: string;
let connector: ConnectorProcess | undefined;
const opened = new AsyncDisposableStack();

before(async () => {
  networks = opened.use(openThreeNetworks());
  directory = await mkdtemp(join(tmpdir(), 'sallyport-networks-'));
  opened.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
  environment = opened.use(
    await startEnvironment({
      patients: 20,
      gateway: [
        [['listeners', 'connectors'], { address: `${networks.gatewayAddress}:0` }],
        [['listeners', 'http'], [{ address: '127.0.0.1:0', tls: { mode: 'disabled' } }]],
        [['http'], { suffix: 'sallyport.example' }],
      ],
      target: [
        [['address'], `${networks.targetAddress}:${TARGET_PORT}`],
        [['connector'], 'ward-3'],
      ],
    }),
  );
  const { process: gateway, server, provider, configurationDirectory } = environment;
  assert(gateway?.connectors && gateway.api);
  opened.use(
    await relayInNetwork(networks.inTarget, {
      ...{ host: networks.targetAddress, port: TARGET_PORT },
      path: join(server.socketDirectory, `.s.PGSQL.${server.port}`),
    }),
  );
  opened.use(
    await serveSiteInNetwork(networks.inTarget, { host: networks.targetAddress, port: SITE_PORT }),
  );
  // Read as soon as it is there.
  await writeFile(
    join(configurationDirectory, 'targets/ward-site.yaml'),
    stringify({
      ...{ kind: 'http', address: `${networks.targetAddress}:${SITE_PORT}` },
      ...{ connector: 'ward-3', credential: { at: 'connector' } },
    }),
  );
  api = {
    ...{ port: gateway.api.port, token: provider.issueToken('tester') },
    authorityFile: join(configurationDirectory, 'tls/ca.crt'),
  };
  const { token, authority } = await addConnector(api, 'ward-3');
  await writeConnector(directory, {
    ...{ name: 'ward-3', authority, token },
    gateways: [`${networks.gatewayAddress}:${gateway.connectors.port}`],
    targets: {
      postgres: {
        ...{ kind: 'postgres', address: `${networks.targetAddress}:${TARGET_PORT}` },
        ...{ database: 'hospital', credential: { at: 'gateway' } },
      },
      'ward-site': {
        ...{ kind: 'http', address: `${networks.targetAddress}:${SITE_PORT}` },
        ...{ tls: { mode: 'disable' }, credential: { bearer: 'file:site-token' } },
      },
    },
    settings: { drainTimeout: '5m' },
  });
  await writeFile(join(directory, 'site-token'), SITE_TOKEN, { mode: 0o600 });
  connector = await startConnector(directory, { through: networks.inConnector });
  opened.defer(async () => connector?.[Symbol.asyncDispose]());
});
after(() => opened.disposeAsync());

async function openClient(): Promise<pg.Client> {
  const { port, user, password, database, authorityFile = '' } = environment.gateway;
  const client = new pg.Client({
    ...{ host: 'localhost', port, user, password, database },
    ssl: { ca: readFileSync(authorityFile, 'utf8') },
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function count(): Promise<string> {
  const { stdout } = await runPsql(environment.gateway, ['-Atc', 'select count(*) from patients']);
  return stdout;
}

/** The states of its tunnels, as the control plane knows them. */
async function listStates(): Promise<string> {
  const { tunnels } = await getConnector(api, 'ward-3');
  return tunnels.map(({ state }) => state).join(' ');
}

describe('a gateway, a connector and a target in three networks', () => {
  it('has no way between gateway and target but the connector', async () => {
    const socket = connect(TARGET_PORT, networks.targetAddress);
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    assert.match(error.code ?? '', /ENETUNREACH|EHOSTUNREACH/);
    assert.equal(await count(), '20\n');
  });

  it('has curl reach a site, with a credential that only the connector has', async () => {
    const port = environment.process?.http?.port;
    const token = environment.provider.issueToken('tester');
    const answer = await eventually('the site', async () => {
      const { stdout } = await runFile('curl', [
        ...['--silent', '--show-error', '--header', `Authorization: Bearer ${token}`],
        ...[
          '--connect-to',
          `::127.0.0.1:${port}`,
          'http://ward-site.sallyport.example/beds?free=1',
        ],
      ]);
      return stdout.startsWith('{"asked"') ? stdout : undefined;
    });
    assert.deepEqual(JSON.parse(answer), { asked: '/beds?free=1', by: `Bearer ${SITE_TOKEN}` });
  });

  it('has sessions outlive a link that is cut for a while, and new ones once it is back', async () => {
    const client = await openClient();
    networks.cut('gateway');
    await eventually('that the tunnel does not answer', async () =>
      (await listStates()).includes('suspect') ? true : undefined,
    );
    networks.restore('gateway');
    assert.equal(await count(), '20\n');
    const { rows } = await client.query<{ readonly answer: number }>('select 42 as answer');
    assert.deepEqual(rows, [{ answer: 42 }]);
    await client.end();
    // The one before may still carry a connection that is kept for the next request.
    await eventually('one tunnel that takes streams', async () =>
      /^(?:leaving )*open(?: leaving)*$/.test(await listStates()) ? true : undefined,
    );
  });

  it('goes on when the link loses', async () => {
    networks.lose(0.03);
    try {
      const { stdout } = await runPsql(environment.gateway, [
        '-Atc',
        "select repeat('x', 1000) from generate_series(1, 2000)",
      ]);
      assert.equal(stdout.length, 2_000 * 1_001);
    } finally {
      networks.stopLosing();
    }
  });

  it('says that the target does not answer when its link is cut', async () => {
    networks.cut('target');
    try {
      const { stderr, code } = await runPsql(environment.gateway, ['-c', 'select 1']);
      assert.equal(code, 2);
      assert.match(stderr, /target "postgres" does not answer/);
    } finally {
      networks.restore('target');
    }
    assert.equal(await count(), '20\n');
  });

  it('changes the connector for a new one without ending a session', async () => {
    const client = await openClient();
    const before = connector;
    assert(before);
    const left = before.signal('SIGTERM');
    connector = await startConnector(directory, { through: networks.inConnector });
    assert.equal(await count(), '20\n');
    const { rows } = await client.query<{ readonly answer: number }>('select 42 as answer');
    assert.deepEqual(rows, [{ answer: 42 }]);
    await client.end();
    // It would wait for the connection that the gateway keeps for the next request to the site.
    void before.signal('SIGTERM');
    assert.equal(await left, 0);
    assert.equal(await count(), '20\n');
  });
});
