import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { fetchDocument, ProviderUnreachableError } from './fetch-document.ts';

let origin = '';
const visited: string[] = [];
const server = createServer((request, response) => {
  visited.push(request.url ?? '');
  if (request.url === '/redirect') response.writeHead(302, { location: '/good' }).end();
  else if (request.url === '/good') response.end('{"a":1}');
  else if (request.url === '/list') response.end('[]');
  else if (request.url === '/text') response.end('{');
  else if (request.url === '/endless') {
    const piece = Buffer.alloc(64 * 1024, ' ');
    const write = (): void => {
      while (!response.destroyed && response.write(piece));
    };
    response.on('drain', write);
    write();
  } else response.writeHead(500).end('{}');
});

describe('fetchDocument', () => {
  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  it('reads a JSON object', async () => {
    assert.deepEqual(await fetchDocument(`${origin}/good`, undefined), { a: 1 });
  });

  it('refuses everything else, an endless answer too', async () => {
    for (const path of ['/list', '/text', '/endless', '/error']) {
      await assert.rejects(fetchDocument(origin + path, undefined), ProviderUnreachableError, path);
    }
  });

  it('follows no redirect', async () => {
    visited.length = 0;
    await assert.rejects(fetchDocument(`${origin}/redirect`, undefined), /it answered 302/);
    assert.deepEqual(visited, ['/redirect']);
  });

  it('speaks plain HTTP on loopback only, and no other scheme', async () => {
    for (const url of ['http://id.hospital.example/', 'file:///etc/passwd', 'data:,{}']) {
      await assert.rejects(fetchDocument(url, undefined), /not an https URL/);
    }
  });

  it('refuses when the certificate authorities cannot be read', async () => {
    await assert.rejects(
      fetchDocument(`${origin}/good`, '/nonexistent.pem'),
      ProviderUnreachableError,
    );
  });
});
