import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { type FakePostgres, startFakePostgres } from '../faults/fake-postgres.ts';
import { type GatewayStack, startGatewayStack } from '../faults/gateway-stack.ts';
import { becomes } from '../faults/process-status.ts';
import { message, query, RawConnection, startupMessage } from './raw-connection.ts';

/** Of one address, that have not signed in: see `src/gateway/postgres/serve-postgres.ts`. */
const SILENT_MAX = 256;
/** Enough to take every socket of the listener below. */
const CROWD = 700;
const SESSIONS_MAX = 100;

describe('connections to PostgreSQL that never sign in', () => {
  let server: FakePostgres;
  let stack: GatewayStack;
  const crowd: Socket[] = [];

  before(async () => {
    server = await startFakePostgres();
    stack = await startGatewayStack({
      targetPort: server.port,
      gateway: [[['limits'], { handshakeTimeout: '60s', connectionsMax: SESSIONS_MAX }]],
    });
  });
  after(async () => {
    for (const socket of crowd) socket.destroy();
    await stack[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  async function open(localAddress: string): Promise<Socket> {
    const { port } = stack.gateway().postgres;
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    socket.on('error', () => undefined).resume();
    await once(socket, 'connect');
    return socket;
  }

  async function signInFrom(localAddress: string): Promise<RawConnection> {
    const side = stack.side();
    const connection = new RawConnection(await open(localAddress));
    connection.send(startupMessage(side));
    await connection.message();
    connection.send(message('p', side.password));
    await connection.messagesUntil('Z');
    return connection;
  }

  it('are so many from one address at once, and keep nobody else out', async () => {
    using before = await signInFrom('127.0.0.1');
    let shutOut = 0;
    for (let count = 0; count < CROWD; count += 1) {
      const socket = await open('127.0.0.1');
      socket.once('close', () => (shutOut += 1));
      crowd.push(socket);
    }
    using elsewhere = await signInFrom('127.0.0.2');
    for (const connection of [before, elsewhere]) {
      connection.send(query('SELECT 1'));
      await connection.messagesUntil('Z');
    }
    await becomes(() => shutOut >= CROWD - SILENT_MAX, 10_000);
    assert.equal(shutOut, CROWD - SILENT_MAX);
  });
});
