import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { untilClosed } from '../../src/protocols/until-closed.fixture.ts';
import { decodeSignedRecord } from '../../src/wire/tunnel/carried-record.ts';
import { encodeFrame } from '../../src/wire/tunnel/frame-decoder.ts';
import { encodeStreamRequest, type StreamRequest } from '../../src/wire/tunnel/stream-request.ts';
import { eventually } from './eventually.ts';
import { GREETING } from './raw-peer.ts';
import {
  type EchoTarget,
  type GatewaySide,
  giveToken,
  openConnector,
  openEchoWorld,
  openGatewaySide,
  REQUEST,
  type RunningConnector,
  type TunnelWorld,
} from './tunnel-world.ts';

const SIGNAL = AbortSignal.timeout(120_000);

let world: TunnelWorld;
let gateway: GatewaySide;
let other: GatewaySide;
let echo: EchoTarget;
let connector: RunningConnector;
const opened = new AsyncDisposableStack();

before(async () => {
  ({ world, gateway, echo } = await openEchoWorld(opened));
  other = opened.use(await openGatewaySide(world, 'gw-2'));
  connector = opened.use(
    await openConnector(world, {
      ports: [gateway.listener.port, other.listener.port],
      targets: { 'ward-db': echo.port, nowhere: 1 },
      loggedIn: { guarded: echo.port },
    }),
  );
});
after(() => opened.disposeAsync());

async function open(side = gateway, request: Partial<StreamRequest> = {}): Promise<Duplex> {
  const { stream } = await side.connectors.openStream(
    ['ward-3'],
    { ...REQUEST, ...request },
    SIGNAL,
  );
  return stream;
}

async function say(stream: Duplex, text: string): Promise<string> {
  stream.end(text);
  return (await buffer(stream)).toString();
}

function tunnelsOf({ connectors }: GatewaySide, name = 'ward-3') {
  return connectors.tunnels.filter(({ peer }) => peer.name === name);
}

describe('a stream through a connector', () => {
  it('carries bytes both ways, and the end of each, on every gateway', async () => {
    for (const side of [gateway, other]) {
      assert.equal(await say(await open(side), `to ${side.name}`), `to ${side.name}`);
    }
  });

  it('waits for a connector that is just not there', async () => {
    const waiting = gateway.connectors.openStream(['late'], REQUEST, SIGNAL);
    const late = await openConnector(world, {
      ...{ name: 'late', ports: [gateway.listener.port] },
      targets: { 'ward-db': echo.port },
    });
    try {
      assert.equal(await say((await waiting).stream, 'late'), 'late');
    } finally {
      await late[Symbol.asyncDispose]();
    }
  });

  it('stalls no other when nobody reads it', async () => {
    const slow = await Promise.all(Array.from({ length: 40 }, () => open()));
    const megabyte = Buffer.alloc(2 ** 20, 'x');
    // More than the windows of all of them hold.
    for (const stream of slow) for (let count = 0; count < 4; count += 1) stream.write(megabyte);
    for (let round = 0; round < 20; round += 1) {
      assert.equal(await say(await open(), `round ${round}`), `round ${round}`);
    }
    for (const stream of slow) stream.destroy();
    await eventually('no stream', async () =>
      tunnelsOf(gateway)[0]?.streamCount === 0 ? true : undefined,
    );
    await eventually('no connection', async () => (echo.sockets.size === 0 ? true : undefined));
  });

  it('carries what looks like its own framing, and hears none of it', async () => {
    const beside = await open();
    const leave = Buffer.from('0000080700000000000000000000000000', 'hex');
    const reset = Buffer.from('00000403000000000100000008', 'hex');
    const removal = encodeFrame(Buffer.from('{"kind":"not-renewed","reason":"removed"}'));
    const pieces = [
      Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
      ...[reset, leave, GREETING, removal, encodeFrame(GREETING)],
      Buffer.from(encodeStreamRequest({ ...REQUEST, target: 'guarded' })),
    ];
    const bytes = Buffer.concat(pieces);
    for (let cut = 1; cut < bytes.length; cut += 37) {
      const stream = await open();
      stream.write(bytes.subarray(0, cut));
      stream.end(bytes.subarray(cut));
      assert.deepEqual(await buffer(stream), bytes);
    }
    assert.equal(await say(beside, 'beside'), 'beside');
  });

  it('ends when the target breaks it, and breaks the target when it ends', async () => {
    const stream = await open();
    stream.write('x');
    await once(stream, 'data');
    const closed = untilClosed(stream);
    for (const socket of echo.sockets) socket.resetAndDestroy();
    await closed;
    const ended = await open();
    ended.write('x');
    await once(ended, 'data');
    ended.destroy();
    await eventually('no connection', async () => (echo.sockets.size === 0 ? true : undefined));
  });

  it('goes through the connector with fewer streams, and through the other when one cannot', async () => {
    await using second = await openConnector(world, {
      ...{ name: 'ward-4', ports: [gateway.listener.port] },
      targets: { 'ward-db': echo.port, nowhere: echo.port },
    });
    assert(second);
    await eventually('the second', async () => tunnelsOf(gateway, 'ward-4')[0]);
    // On a machine that was too busy to answer, there is another by now, and the one before ends with its streams.
    await eventually('one tunnel without streams', async () =>
      tunnelsOf(gateway)
        .map(({ streamCount }) => streamCount)
        .join() === '0'
        ? true
        : undefined,
    );
    const both = ['ward-3', 'ward-4'];
    const streams = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const { stream } = await gateway.connectors.openStream(both, REQUEST, SIGNAL);
        return stream;
      }),
    );
    const counts = both.map((name) => tunnelsOf(gateway, name)[0]?.streamCount);
    assert.deepEqual(counts, [3, 3]);
    for (const stream of streams) stream.destroy();
    const request = { ...REQUEST, target: 'nowhere' };
    const { stream } = await gateway.connectors.openStream(both, request, SIGNAL);
    assert.equal(await say(stream, 'by the other'), 'by the other');
  });
});

describe('a connector', () => {
  it('is told of what it carried that it is in the ledger, as it signed it', async () => {
    const sessionId = 'session-counted';
    const stream = await open(gateway, { sessionId });
    assert.equal(await say(stream, 'twelve bytes'), 'twelve bytes');
    const entry = await eventually('the entry', async () =>
      world.entries.find(
        ({ kind, carriedFor }) => kind === 'connector.carried' && carriedFor === sessionId,
      ),
    );
    const { connector: name, by, streams, bytesToTarget, bytesFromTarget, follows } = entry;
    assert.deepEqual(
      { name, by, streams, bytesToTarget, bytesFromTarget, follows },
      {
        ...{ name: 'ward-3', by: 'gw-1', streams: 1, follows: true },
        ...{ bytesToTarget: 12, bytesFromTarget: 12 },
      },
    );
    const directory = join(connector.directory, 'data/carried');
    const [file = ''] = (await readdir(directory)).filter((path) => path.endsWith('.jsonl'));
    const lines = (await readFile(join(directory, file), 'utf8')).trim().split('\n');
    assert(lines.includes(String(entry['record'])));
    assert.equal(decodeSignedRecord(Buffer.from(lines[0] ?? '')).record.sequence, 1);
  });

  it('has a record entered of a session whatever the gateway calls it', async () => {
    const principalId = '\u0001'.repeat(1_256);
    const stream = await open(gateway, { sessionId: '\ud800'.repeat(1_256), principalId });
    await say(stream, 'x');
    const entry = await eventually('the entry', async () =>
      world.entries.find(
        ({ kind, principal }) => kind === 'connector.carried' && principal === principalId,
      ),
    );
    assert.equal(entry['follows'], true);
  });

  it('leaves in order: it takes no new streams, and those that it has go on', async () => {
    const leaving = await openConnector(world, {
      ...{ name: 'leaving', ports: [gateway.listener.port] },
      targets: { 'ward-db': echo.port },
    });
    await eventually('its tunnel', async () => tunnelsOf(gateway, 'leaving')[0]);
    const { stream } = await gateway.connectors.openStream(['leaving'], REQUEST, SIGNAL);
    stream.write('before');
    await once(stream, 'data');
    const left = leaving.connector.leave(SIGNAL);
    const next = await openConnector(world, {
      ...{ name: 'leaving-2', ports: [gateway.listener.port] },
      targets: { 'ward-db': echo.port },
    });
    const names = ['leaving', 'leaving-2'];
    const { stream: taken } = await gateway.connectors.openStream(names, REQUEST, SIGNAL);
    assert.equal(await say(taken, 'by the next'), 'by the next');
    assert.equal(await say(stream, 'after'), 'after');
    await left;
    await eventually('its end', async () =>
      tunnelsOf(gateway, 'leaving').length === 0 ? true : undefined,
    );
    await leaving[Symbol.asyncDispose]();
    await next[Symbol.asyncDispose]();
  });

  it('ends with all that runs through it when it is removed, and comes in no more', async () => {
    await using removed = await openConnector(world, {
      ...{ name: 'removed', ports: [gateway.listener.port] },
      targets: { 'ward-db': echo.port },
    });
    assert(removed);
    const { stream } = await gateway.connectors.openStream(['removed'], REQUEST, SIGNAL);
    stream.write('x');
    await once(stream, 'data');
    const closed = untilClosed(stream);
    const { id = '' } = (await world.store.find('removed')) ?? {};
    assert.equal(await world.store.remove(id), true);
    await closed;
    await eventually('its refusal', async () =>
      world.logged.some((line) => line.includes('"removed","reason":"is removed"'))
        ? true
        : undefined,
    );
    // Another of the same name is another.
    await giveToken(world, 'removed');
    await gateway.service.check();
    assert.equal(tunnelsOf(gateway, 'removed').length, 0);
  });
});
