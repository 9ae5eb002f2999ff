import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { after, before, describe, it } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { untilClosed } from '../../src/protocols/until-closed.fixture.ts';
import { type HttpEnvironment, startHttpEnvironment, TARGET_HOST } from './environment.ts';

/** A service whose answers the test completes. */
class SlowService implements AsyncDisposable {
  readonly #server: Server;
  readonly begun: ServerResponse[] = [];

  constructor() {
    this.#server = createServer((request, response) => {
      if (request.url === '/slow') {
        response.write('first');
        this.begun.push(response);
      } else {
        response.end('quick');
      }
    });
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    assert(typeof address === 'object' && address !== null);
    return address.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

describe('HTTP connections of a gateway that drains', () => {
  let service: SlowService;
  let world: HttpEnvironment;

  before(async () => {
    service = new SlowService();
    world = await startHttpEnvironment({
      upstreamPort: await service.listen(),
      target: [[['tls'], { mode: 'disable' }]],
      gateway: [[['drain'], { announce: '0s', timeout: '1m' }]],
    });
  });

  after(async () => {
    await world[Symbol.asyncDispose]();
    await service[Symbol.asyncDispose]();
  });

  async function open(protocol: 'http/1.1' | 'h2'): Promise<TLSSocket> {
    const ca = await readFile(world.authorityFile);
    const { port } = world.address;
    const options = { host: '127.0.0.1', port, ca, servername: TARGET_HOST };
    const socket = connectTls({ ...options, ALPNProtocols: [protocol] });
    await once(socket, 'secureConnect');
    return socket;
  }

  function request(socket: TLSSocket, path: string): void {
    const token = world.tokenOf('tester');
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: ${TARGET_HOST}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    );
  }

  /** What comes up to and including a text. */
  async function readUntil(socket: TLSSocket, text: string): Promise<string> {
    let received = '';
    while (!received.includes(text)) {
      assert(!socket.readableEnded, received);
      // Nothing is lost between two reads, as it would be between two events.
      const bytes = socket.read() as Buffer | null;
      if (bytes === null) await once(socket, 'readable');
      else received += bytes.toString();
    }
    return received;
  }

  function requestOver(session: ClientHttp2Session, path: string) {
    return session.request({
      ':path': path,
      authorization: `Bearer ${world.tokenOf('tester')}`,
    });
  }

  it('are told to go elsewhere, once what they asked for is answered', async () => {
    const kept = await open('http/1.1');
    request(kept, '/quick');
    assert.doesNotMatch(await readUntil(kept, 'quick'), /connection: close/i);
    const idle = await open('http/1.1');
    request(idle, '/quick');
    await readUntil(idle, 'quick');
    const slow = await open('http/1.1');
    request(slow, '/slow');
    await readUntil(slow, 'first');
    const secure = await open('h2');
    const session = connectHttp2(`https://${TARGET_HOST}`, { createConnection: () => secure });
    const stream = requestOver(session, '/slow');
    await once(stream, 'data');
    const goneAway = once(session, 'goaway');

    const ended = world.process.drain();
    await goneAway;
    // Its next response says that it is the last.
    request(kept, '/quick');
    assert.match(await readUntil(kept, 'quick'), /connection: close/i);
    await untilClosed(kept.resume());
    // Who asks for nothing is let go, although others are still served.
    await untilClosed(idle.resume());
    for (const response of service.begun) response.end('last');
    await readUntil(slow, 'last');
    const rest = (await stream.toArray()) as Buffer[];
    assert.match(Buffer.concat(rest).toString(), /last$/);
    session.close();
    slow.end();
    assert.equal(await ended, 0);
  });
});
