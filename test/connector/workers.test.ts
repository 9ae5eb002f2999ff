import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ApiCaller } from '../e2e/call-api.ts';
import { type Environment, startEnvironment } from '../e2e/environment.ts';
import { runPsql } from '../e2e/run-client.ts';
import { eventually } from './eventually.ts';
import { addConnector, getConnector, startConnector, writeConnector } from './start-connector.ts';

const WORKERS = 2;

let environment: Environment;
let api: ApiCaller;
const opened = new AsyncDisposableStack();

before(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-workers-'));
  opened.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
  environment = opened.use(
    await startEnvironment({
      patients: 20,
      gateway: [
        [['gateway', 'workers'], WORKERS],
        [['listeners', 'connectors'], { address: '127.0.0.1:0' }],
      ],
      target: [
        [['connector'], 'ward-3'],
        [['address'], '192.0.2.1:5432'],
      ],
    }),
  );
  const { process: gateway, configurationDirectory, provider, server } = environment;
  assert(gateway?.connectors && gateway.api);
  api = {
    ...{ port: gateway.api.port, token: provider.issueToken('tester') },
    authorityFile: join(configurationDirectory, 'tls/ca.crt'),
  };
  const { token, authority } = await addConnector(api, 'ward-3');
  await writeConnector(directory, {
    ...{ name: 'ward-3', authority, token },
    gateways: [`127.0.0.1:${gateway.connectors.port}`],
    targets: {
      postgres: {
        ...{ kind: 'postgres', address: `${server.host}:${server.port}`, database: 'hospital' },
        credential: { at: 'gateway' },
      },
    },
  });
  opened.use(await startConnector(directory));
});
after(() => opened.disposeAsync());

describe('a connector of a gateway of several processes', () => {
  async function listLogs(): Promise<readonly string[]> {
    const { tunnels } = await getConnector(api, 'ward-3');
    return tunnels.map(({ log }) => log).toSorted();
  }

  async function useAll(): Promise<void> {
    // Connections are dealt out in turn.
    for (let client = 0; client < 2 * WORKERS; client += 1) {
      const { stdout, stderr } = await runPsql(environment.gateway, [
        '-Atc',
        'select count(*) from patients',
      ]);
      assert.equal(stdout, '20\n', stderr);
    }
  }

  it('keeps a tunnel to each, so that whichever takes a client reaches the target', async () => {
    const logs = await eventually('a tunnel to each', async () => {
      const found = await listLogs();
      return found.length === WORKERS ? found : undefined;
    });
    assert.equal(new Set(logs).size, WORKERS);
    await useAll();
  });

  it('finds those that take their place', async () => {
    const before = new Set(await listLogs());
    const pid = environment.process?.pid;
    assert(pid !== undefined);
    process.kill(pid, 'SIGUSR2');
    await eventually('a tunnel to each new one', async () => {
      const logs = await listLogs();
      return logs.length === WORKERS && logs.some((log) => !before.has(log)) ? true : undefined;
    });
    await useAll();
  });
});
