import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { before, describe, it } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { pairIdentity } from '../../src/connector/connector-identity.ts';
import type { CertificateAndKey } from '../../src/gateway/certificates.ts';
import { eventually } from './eventually.ts';
import { connectAs, makeConnector, secureAs, serveAs } from './raw-peer.ts';
import {
  openConnector,
  openGatewaySide,
  openTunnelWorld,
  type TunnelWorld,
} from './tunnel-world.ts';

/** As many as one connector may have, and some. */
const CONNECTIONS = 40;
const TUNNELS_MAX = 32;
/** Milliseconds that are never over in a test. */
const FOR_EVER_MS = 600_000;

let world: TunnelWorld;
before(async () => {
  world = await openTunnelWorld();
});

async function connectMany(port: number, identity: CertificateAndKey): Promise<TLSSocket[]> {
  const sockets: TLSSocket[] = [];
  for (let count = 0; count < CONNECTIONS; count += 1) {
    const socket = await connectAs(port, identity);
    socket.resume();
    sockets.push(socket);
  }
  return sockets;
}

describe('a gateway that a connector comes to and does not greet', () => {
  it('holds no more such connections than it may have tunnels, and gives their places back', async () => {
    await using gateway = await openGatewaySide(world, 'gw-1', { greetingTimeoutMs: FOR_EVER_MS });
    const { identity } = await makeConnector(world, 'ward-1');
    const sockets = await connectMany(gateway.listener.port, identity);
    const held = () => sockets.filter(({ closed }) => !closed);
    await eventually('those that are one too many', async () =>
      held().length === TUNNELS_MAX ? true : undefined,
    );
    // Another connector has places of its own.
    const other = await connectAs(
      gateway.listener.port,
      (await makeConnector(world, 'ward-2')).identity,
    );
    serveAs(other, {});
    await eventually('its tunnel', async () => gateway.connectors.tunnels[0]);
    assert.equal(held().length, TUNNELS_MAX);
    for (const socket of held()) socket.destroy();
    let next: TLSSocket | undefined;
    await eventually('a tunnel in their place', async () => {
      if (next === undefined || next.closed) {
        next = await connectAs(gateway.listener.port, identity);
        serveAs(next, {});
      }
      return gateway.connectors.tunnels.find(({ peer }) => peer.name === 'ward-1');
    });
  });

  it('does not wait for ever, whatever else is said meanwhile', async () => {
    await using gateway = await openGatewaySide(world, 'gw-1', { greetingTimeoutMs: 300 });
    const { identity } = await makeConnector(world, 'ward-3');
    const silent = await connectAs(gateway.listener.port, identity);
    silent.resume();
    const busy = await connectAs(gateway.listener.port, identity);
    serveAs(busy, {
      onControl: (stream) => {
        // The length of a frame, and its body byte by byte.
        stream.write(Buffer.from('000000ff', 'hex'));
        const timer = setInterval(() => stream.write('{'), 20);
        stream.once('close', () => clearInterval(timer));
      },
    });
    await eventually('their ends', async () => (silent.closed && busy.closed ? true : undefined));
    assert.equal(gateway.connectors.tunnels.length, 0);
  });
});

describe('a gateway that ends', () => {
  it('begins no tunnel on a connection that came before it ended', async () => {
    const gateway = await openGatewaySide(world, 'gw-1');
    const { identity } = await makeConnector(world, 'ward-4');
    const { port } = gateway.listener;
    const early = connect(port, '127.0.0.1');
    early.on('error', () => undefined);
    await once(early, 'connect');
    // It has proved who it is, and has not greeted.
    const proven = await connectAs(port, identity);
    proven.resume();
    // Connections are taken in order: the first is at the listener, too.
    gateway.listener.close();
    await gateway[Symbol.asyncDispose]();
    await eventually('its end', async () => (proven.closed ? true : undefined));
    const late = await secureAs(early, identity).catch(() => undefined);
    if (late?.destroyed === false) {
      serveAs(late, {});
      await eventually('the end of the late one', async () => (late.closed ? true : undefined));
    }
    assert.equal(gateway.connectors.tunnels.length, 0);
  });
});

describe('a connector that ends', () => {
  it('leaves no tunnel behind that was only beginning', async () => {
    await using gateway = await openGatewaySide(world, 'gw-1');
    const { identity } = await makeConnector(world, 'ward-5');
    const come = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const find = world.store.find.bind(world.store);
    world.store.find = async (name) => {
      come.resolve();
      await goOn.promise;
      return find(name);
    };
    const { certificatePem, keyPem } = identity;
    const connector = await openConnector(world, {
      ...{ name: 'ward-5', identity: pairIdentity(certificatePem, keyPem) },
      ...{ ports: [gateway.listener.port], targets: {} },
    });
    await come.promise;
    await connector[Symbol.asyncDispose]();
    goOn.resolve();
    world.store.find = find;
    await eventually('what became of it', async () =>
      world.logged.some((line) => /tached.*"ward-5"/.test(line)) ? true : undefined,
    );
    await eventually('its end', async () =>
      gateway.connectors.tunnels.length === 0 ? true : undefined,
    );
  });
});
