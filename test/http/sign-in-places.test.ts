import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { type HttpEnvironment, startHttpEnvironment, TARGET_HOST } from './environment.ts';

/** Of one address, that have not signed in: see `src/gateway/http/serve-http.ts`. */
const SILENT_MAX = 256;

describe('connections that have not signed in', () => {
  let world: HttpEnvironment;
  let token: string;
  const sockets: Socket[] = [];

  before(async () => {
    world = await startHttpEnvironment({
      tls: false,
      upstream: { speaks: 'plain', handler: (_request, response) => response.end('page') },
    });
    token = world.tokenOf('ana');
  });
  after(async () => {
    for (const socket of sockets) socket.destroy();
    await world[Symbol.asyncDispose]();
  });

  async function open(): Promise<Socket> {
    const socket = connect(world.address.port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  }

  /** Undefined where the gateway closes the connection. */
  async function ask(socket: Socket): Promise<string | undefined> {
    const answered = new Promise<string | undefined>((resolve) => {
      socket.once('data', (bytes: Buffer) => resolve(bytes.toString('latin1').split('\r\n')[0]));
      socket.once('close', () => resolve(undefined));
    });
    socket.write(
      `GET / HTTP/1.1\r\nHost: ${TARGET_HOST}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    );
    return answered;
  }

  it('are so many from one address at once, and keep nobody out who has', async () => {
    // All but the first share its session.
    const signedIn: Socket[] = [];
    for (let count = 0; count < SILENT_MAX + 10; count += 1) {
      const socket = await open();
      assert.equal(await ask(socket), 'HTTP/1.1 200 OK');
      signedIn.push(socket);
    }
    const silent = await Promise.all(Array.from({ length: SILENT_MAX }, open));
    assert.equal(await ask(await open()), undefined);
    assert.equal(await ask(signedIn[0] as Socket), 'HTTP/1.1 200 OK');
    silent[0]?.destroy();
    // The gateway hears of it in its own time.
    let answer: string | undefined;
    while (answer === undefined) answer = await ask(await open());
    assert.equal(answer, 'HTTP/1.1 200 OK');
  });
});
