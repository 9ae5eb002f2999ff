import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ApiCaller } from '../e2e/call-api.ts';
import { type Environment, startEnvironment } from '../e2e/environment.ts';
import { runPsql } from '../e2e/run-client.ts';
import { eventually } from './eventually.ts';
import {
  addConnector,
  type ConnectorProcess,
  getConnector,
  startConnector,
  writeConnector,
} from './start-connector.ts';

/** Where nobody is: RFC 5737. The gateway never connects to it, or the test would fail. */
const NOWHERE = '192.0.2.1:5432';

let environment: Environment;
let directory: string;
let api: ApiCaller;
let connector: ConnectorProcess | undefined;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sallyport-connector-'));
  environment = await startEnvironment({
    patients: 20,
    gateway: [[['listeners', 'connectors'], { address: '127.0.0.1:0' }]],
    target: [
      [['address'], NOWHERE],
      [['connector'], 'ward-3'],
    ],
  });
  const { process: gateway, configurationDirectory, provider } = environment;
  assert(gateway?.connectors);
  api = {
    port: gateway.api?.port ?? 0,
    token: provider.issueToken('tester'),
    authorityFile: join(configurationDirectory, 'tls/ca.crt'),
  };
  const { token, authority } = await addConnector(api, 'ward-3');
  await writeConnector(directory, {
    ...{ name: 'ward-3', authority, token },
    gateways: [`127.0.0.1:${gateway.connectors.port}`],
    targets: {
      postgres: {
        kind: 'postgres',
        address: `${environment.server.host}:${environment.server.port}`,
        database: 'hospital',
        credential: { at: 'gateway' },
      },
    },
  });
  connector = await startConnector(directory);
});
after(async () => {
  await connector?.[Symbol.asyncDispose]();
  await environment[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true, maxRetries: 3 });
});

describe('psql through a connector', () => {
  it('reaches a target that the gateway has no way to', async () => {
    const { stdout, stderr, code } = await runPsql(environment.gateway, [
      '-Atc',
      'select count(*) from patients',
    ]);
    assert.deepEqual({ stdout, code }, { stdout: '20\n', code: 0 }, stderr);
  });

  it('has as much come through as there is', async () => {
    const { stdout } = await runPsql(environment.gateway, [
      '-Atc',
      "select repeat('x', 1000) from generate_series(1, 50000)",
    ]);
    assert.equal(stdout.length, 50_000 * 1_001);
  });

  it('is shown with its tunnel, and its targets', async () => {
    const { tunnels } = await eventually('its tunnel', async () => {
      const found = await getConnector(api, 'ward-3');
      return found.tunnels.length > 0 ? found : undefined;
    });
    assert.deepEqual(
      tunnels.map(({ state, targets }) => ({ state, targets })),
      [{ state: 'open', targets: ['postgres'] }],
    );
  });

  it('uses up its token, and keeps what it got for it for itself', async () => {
    const kept = await readFile(join(directory, 'data/connector.pem'), 'utf8');
    assert.match(kept, /BEGIN CERTIFICATE[^]*BEGIN PRIVATE KEY/);
    await rm(join(directory, 'data'), { recursive: true });
    await assert.rejects(startConnector(directory), /not-accepted/);
  });
});
