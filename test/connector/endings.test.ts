import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { untilClosed } from '../../src/protocols/until-closed.fixture.ts';
import { eventually } from './eventually.ts';
import {
  type GatewaySide,
  openConnector,
  openGatewaySide,
  openTunnelWorld,
  REQUEST,
  type TunnelWorld,
} from './tunnel-world.ts';

const SIGNAL = AbortSignal.timeout(300_000);
/** More than a stream's window and the kernel keep. */
const MUCH: Buffer = Buffer.alloc(6 * 2 ** 20, 'x');
/** Runs of the property. */
const RUNS = 30;

/** Both ends of a stream: the gateway's, and the target's socket. */
interface Ends {
  readonly near: Duplex;
  readonly far: Socket;
}

let world: TunnelWorld;
let gateway: GatewaySide;
let targetPort: number;
/** Connections of the target that no test has taken. */
const come: Socket[] = [];
const opened = new AsyncDisposableStack();

before(async () => {
  world = await openTunnelWorld();
  gateway = opened.use(await openGatewaySide(world, 'gw-1'));
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    socket.on('error', () => undefined);
    come.push(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.defer(() => void server.close());
  targetPort = (server.address() as AddressInfo).port;
  opened.use(await openWard('ward-3'));
});
after(() => opened.disposeAsync());

function openWard(name: string) {
  const targets = { 'ward-db': targetPort };
  return openConnector(world, { name, ports: [gateway.listener.port], targets });
}

/** Nobody reads either end, yet. */
async function openEnds(connector = 'ward-3'): Promise<Ends> {
  const { stream: near } = await gateway.connectors.openStream([connector], REQUEST, SIGNAL);
  const far = await eventually('the connection', async () => come.shift());
  return { near, far };
}

/** What the last look at the connectors said. */
async function countAtConnectors(): Promise<number> {
  const tunnels = await world.store.listTunnels();
  return tunnels.reduce((sum, { facts }) => sum + (facts.health?.streams ?? 0), 0);
}

function countAtGateway(): number {
  return gateway.connectors.tunnels.reduce((sum, { streamCount }) => sum + streamCount, 0);
}

/** Notes how a stream ends. */
function watch(stream: Duplex): Set<string> {
  const seen = new Set<string>();
  for (const event of ['end', 'error', 'close']) stream.on(event, () => seen.add(event));
  return seen;
}

describe('a stream that is broken off', () => {
  it('by the gateway is over at the connector, though the target reads nothing', async () => {
    const all: Ends[] = [];
    for (const ended of ['none', 'near', 'far'] as const) {
      for (const isFull of [false, true]) {
        const ends = await openEnds();
        if (isFull) ends.near.write(MUCH);
        if (isFull) ends.far.write(MUCH);
        if (ended === 'near') ends.near.end();
        if (ended === 'far') ends.far.end();
        all.push(ends);
      }
    }
    await eventually('that the connector tells of them', async () =>
      (await countAtConnectors()) === all.length ? true : undefined,
    );
    for (const { near } of all) near.destroy();
    await eventually('that it has none', async () =>
      (await countAtConnectors()) === 0 ? true : undefined,
    );
    assert.equal(countAtGateway(), 0);
    for (const { far } of all) far.destroy();
  });

  it('by the target is over at the gateway, though much waits to be written', async () => {
    for (const isEnded of [false, true]) {
      const { near, far } = await openEnds();
      const seen = watch(near);
      near.resume();
      near.write(MUCH);
      if (isEnded) near.end();
      far.resume();
      await once(far, 'data');
      far.pause();
      far.resetAndDestroy();
      await eventually('its end', async () => (seen.has('close') ? true : undefined));
      assert(!seen.has('end'));
      assert.equal(countAtGateway(), 0);
    }
  });

  it('is taken for whole by nobody', async () => {
    const ward = await openWard('ward-4');
    const breaks: readonly ((ends: Ends) => unknown)[] = [
      ({ far }) => far.resetAndDestroy(),
      () => gateway.connectors.tunnels.map((tunnel) => tunnel.end('test')),
      () => ward[Symbol.asyncDispose](),
    ];
    for (const breakOff of breaks) {
      const ends = await openEnds('ward-4');
      const seen = watch(ends.near);
      ends.far.write('the first half');
      await once(ends.near, 'data');
      await breakOff(ends);
      await eventually('its end', async () => (seen.has('close') ? true : undefined));
      assert.deepEqual([...seen], ['error', 'close']);
      ends.far.destroy();
    }
  });
});

/** What happens to a stream before it breaks. */
const STEPS: Readonly<Record<string, (ends: Ends) => unknown>> = {
  'the gateway writes a little': ({ near }) => near.writable && near.write('x'),
  'the gateway writes much': ({ near }) => near.writable && near.write(MUCH),
  'the target writes a little': ({ far }) => far.writable && far.write('x'),
  'the target writes much': ({ far }) => far.writable && far.write(MUCH),
  'the gateway reads': ({ near }) => near.resume(),
  'the gateway reads no more': ({ near }) => near.pause(),
  'the target reads': ({ far }) => far.resume(),
  'the target reads no more': ({ far }) => far.pause(),
  'the gateway ends': ({ near }) => near.end(),
  'the target ends': ({ far }) => far.end(),
  'a moment goes by': () => new Promise((resolve) => setImmediate(resolve)),
};

const BREAKS: Readonly<Record<string, (ends: Ends) => unknown>> = {
  'by the gateway': ({ near }) => near.destroy(),
  'by an error of the gateway': ({ near }) => near.destroy(new Error('broken off')),
  // What is shut down cannot be reset any more, says libuv.
  'by the target': ({ far }) => (far.writableEnded ? far.destroy() : far.resetAndDestroy()),
  'by the end of the target': ({ far }) => far.destroy(),
  'by the tunnel': () => gateway.connectors.tunnels.map((tunnel) => tunnel.end('test')),
};

describe('a stream that is broken off at any moment', () => {
  it('ends at both ends, once both read, and at the gateway only where the target did', async () => {
    const moments = fc.tuple(
      fc.array(fc.constantFrom(...Object.keys(STEPS)), { maxLength: 8 }),
      fc.constantFrom(...Object.keys(BREAKS)),
    );
    const property = fc.asyncProperty(moments, async ([steps, breakOff]) => {
      const ends = await openEnds();
      const { near, far } = ends;
      const seen = watch(near);
      let hasFarEnded = breakOff === 'by the end of the target';
      for (const step of steps) {
        await STEPS[step]?.(ends);
        hasFarEnded ||= step === 'the target ends';
      }
      await BREAKS[breakOff]?.(ends);
      near.resume();
      far.resume();
      near.end();
      far.end();
      await eventually('the end at the gateway', async () =>
        seen.has('close') ? true : undefined,
      );
      await untilClosed(far);
      if (!hasFarEnded && !breakOff.includes('gateway')) assert(!seen.has('end'), [...seen].join());
    });
    await fc.assert(property, { numRuns: RUNS });
    await eventually('that the connector has none', async () =>
      (await countAtConnectors()) === 0 ? true : undefined,
    );
    assert.equal(countAtGateway(), 0);
  });
});
