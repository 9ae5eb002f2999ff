import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { startService } from '../../../test/secrets/start-service.ts';
import { requestService, type ServiceRequest } from './request-service.ts';

const { signal } = new AbortController();

function ask(
  url: string,
  changes: Partial<ServiceRequest> = {},
): ReturnType<typeof requestService> {
  const headers = { authorization: 'Bearer hunter2' };
  return requestService({ method: 'GET', url, headers, signal, ...changes });
}

describe('requestService', () => {
  it('follows no redirection, so that nobody else gets the token', async () => {
    await using thief = await startService(() => ({ status: 200, body: {} }));
    for (const status of [301, 302, 303, 307, 308]) {
      await using service = await startService((_request, response) => {
        response.writeHead(status, { location: `${thief.url}/` }).end();
        return undefined;
      });
      assert.equal((await ask(service.url)).status, status);
    }
    assert.deepEqual(thief.requests, []);
  });

  it('stops reading an answer that does not end', async () => {
    let written = 0;
    await using service = await startService((_request, response) => {
      const chunk = Buffer.alloc(65_536);
      const write = (): void => {
        if (response.destroyed) return;
        written += chunk.length;
        if (response.write(chunk)) setImmediate(write);
        else response.once('drain', write);
      };
      write();
      return undefined;
    });
    await assert.rejects(ask(service.url), { reason: 'its answer is too long' });
    assert(written < 64 * 2 ** 20);
  });

  it('gives up on a service that never answers', async () => {
    await using service = await startService(() => undefined);
    const asked = new AbortController();
    const answer = ask(service.url, { signal: asked.signal });
    asked.abort();
    await assert.rejects(answer, { code: 'ERR_SOURCE_UNAVAILABLE', reason: 'it does not answer' });
  });

  it('sends nothing over TLS to what cannot prove its name, such as a metadata service', async () => {
    const received: Buffer[] = [];
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        received.push(bytes);
        socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert(typeof address === 'object' && address !== null);
    await assert.rejects(ask(`https://127.0.0.1:${address.port}/latest/meta-data/`), {
      code: 'ERR_SOURCE_UNAVAILABLE',
    });
    for (const socket of sockets) socket.destroy();
    server.close();
    assert.doesNotMatch(Buffer.concat(received).toString('latin1'), /GET|meta-data|hunter2/);
  });

  it('says what failed by its code alone', async () => {
    await assert.rejects(ask('http://127.0.0.1:1/hunter2'), (error: Error) => {
      assert.equal(
        error.message,
        'Cannot ask source of secrets: the connection failed (ECONNREFUSED)',
      );
      assert.equal(error.cause, undefined);
      assert.doesNotMatch(String(error.stack), /hunter2/);
      return true;
    });
    await assert.rejects(ask('http://127.0.0.1:1/', { headers: { a: 'hunter2\r\nb: c' } }), {
      reason: 'the connection failed (ERR_INVALID_CHAR)',
    });
    await assert.rejects(ask('http://127.0.0.1:1/', { caFile: '/nowhere/ca.pem' }), {
      reason: 'the connection failed (ENOENT)',
    });
  });

  it('takes apart what is no HTTP', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end('SSH-2.0-OpenSSH\r\n');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert(typeof address === 'object' && address !== null);
    await assert.rejects(ask(`http://127.0.0.1:${address.port}/`), {
      code: 'ERR_SOURCE_UNAVAILABLE',
    });
    server.close();
  });
});
