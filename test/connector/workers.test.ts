import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
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

  it('outlives processes that die together', async () => {
    const before = await eventually('the end of those that were replaced', async () => {
      const workers = await listWorkers();
      return workers.length === WORKERS ? workers : undefined;
    });
    for (const worker of before) process.kill(worker, 'SIGKILL');
    // Where they listen, nobody knows here: a port of the system's choice is free once none is left.
    await eventually('processes that take their place', async () => {
      const workers = await listWorkers();
      return workers.length === WORKERS && !workers.some((pid) => before.includes(pid))
        ? true
        : undefined;
    });
    await getConnector(api, 'ward-3');
  });
});

/** Process ids of those that serve clients. */
async function listWorkers(): Promise<readonly number[]> {
  const pid = environment.process?.pid;
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  const commands = await Promise.all(
    children
      .split(' ')
      .filter((child) => child !== '')
      .map(async (child) => [child, await readCommand(child)] as const),
  );
  return commands
    .filter(([, command]) => command.includes('\0--worker\0'))
    .map(([child]) => Number(child));
}

/** "" of a process that has ended. */
async function readCommand(pid: string): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
}
