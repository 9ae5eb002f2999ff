/**
 * Measures how long a connector takes to serve again: after a cut link is back, and after a gateway died and another
 * one listens in its place. Not a test: figures depend on the machine. Needs root, as `three-networks.ts` does.
 *
 * Usage: `node test/connector/measure-rehoming.ts [rounds]`
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { relayInNetwork } from './serve-in-network.ts';
import { startConnector, writeConnector } from './start-connector.ts';
import { CUT, openThreeNetworks } from './three-networks.ts';
import {
  type GatewaySide,
  giveToken,
  openGatewaySide,
  openTunnelWorld,
  REQUEST,
  startEcho,
} from './tunnel-world.ts';

const ROUNDS_DEFAULT = 30;
const ECHO_PORT = 7;
/** Milliseconds that a link is cut at least, and at most. */
const CUT_MS = [1_500, 4_000] as const;

const rounds = Number(process.argv[2] ?? ROUNDS_DEFAULT);
await using opened = new AsyncDisposableStack();
const networks = opened.use(await openThreeNetworks());
const directory = await mkdtemp(join(tmpdir(), 'sallyport-rehoming-'));
opened.defer(() => rm(directory, { recursive: true, force: true }));
const path = join(directory, 'echo');
opened.use(await startEcho(path));
opened.use(
  await relayInNetwork(networks.inTarget, { host: networks.targetAddress, port: ECHO_PORT, path }),
);
const world = await openTunnelWorld();
const host = networks.gatewayAddress;
let gateway: GatewaySide = await openGatewaySide(world, 'gw-1', { host });
const { port } = gateway.listener;
await writeConnector(join(directory, 'connector'), {
  ...{ name: 'ward-3', authority: world.authority.certificatePem },
  token: await giveToken(world, 'ward-3'),
  gateways: [`${host}:${port}`],
  targets: {
    'ward-db': {
      ...{ kind: 'postgres', address: `${networks.targetAddress}:${ECHO_PORT}`, database: 'ward' },
      credential: { at: 'gateway' },
    },
  },
});
opened.use(await startConnector(join(directory, 'connector'), { through: networks.inConnector }));
opened.defer(() => gateway[Symbol.asyncDispose]());
await use();

const afterCuts: number[] = [];
const afterDeaths: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  await networks.change('gateway', CUT);
  await sleep(CUT_MS[0] + Math.random() * (CUT_MS[1] - CUT_MS[0]));
  await networks.change('gateway');
  afterCuts.push(await measure());

  gateway.listener.close();
  await gateway[Symbol.asyncDispose]();
  await sleep(Math.random() * CUT_MS[0]);
  gateway = await openGatewaySide(world, 'gw-1', { host, port });
  afterDeaths.push(await measure());
}
process.stdout.write(`after a cut link is back: ${describe(afterCuts)}\n`);
process.stdout.write(`after a gateway is back: ${describe(afterDeaths)}\n`);

/** Milliseconds until a stream through the connector works. */
async function measure(): Promise<number> {
  const startedAt = performance.now();
  await use();
  return performance.now() - startedAt;
}

async function use(): Promise<void> {
  for (;;) {
    try {
      const { stream } = await gateway.connectors.openStream(
        ['ward-3'],
        REQUEST,
        AbortSignal.timeout(30_000),
      );
      stream.end('x');
      await buffer(stream);
      return;
    } catch {
      await sleep(10);
    }
  }
}

function describe(times: readonly number[]): string {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (part: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0).toFixed(0);
  return `${times.length} times, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`;
}
