import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect, type IncomingHttpHeaders } from 'node:http2';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { type HttpEnvironment, startHttpEnvironment, TARGET_HOST } from './environment.ts';
import type { UpstreamHandler } from './private-upstream.ts';

const run = promisify(execFile);
const LARGE_BYTES = 20 * 1024 * 1024;
const PYTHON = `
import json, sys, requests
url, token, ca = sys.argv[1:4]
with requests.Session() as session:
    session.trust_env, session.verify = False, ca
    session.headers["Authorization"] = "Bearer " + token
    pages = [session.get(url + "/page", params={"n": n}).json()["url"] for n in range(3)]
    stored = session.put(url + "/store", data=(bytes(1000) for _ in range(50))).json()
    refused = session.delete(url + "/protected/1")
    print(json.dumps([pages, stored["bytes"], refused.status_code, refused.json()["title"]]))
`;

/** Says what it was asked; sends as much as it is asked for. */
const answer: UpstreamHandler = (request, response) => {
  const digest = createHash('sha256');
  let bytes = 0;
  request.on('data', (piece: Buffer) => {
    bytes += piece.length;
    digest.update(piece);
  });
  request.on('end', () => {
    response.setHeader('content-type', 'application/json');
    if (request.url === '/large') return void response.end(Buffer.alloc(LARGE_BYTES, 'x'));
    const { method, url, headers } = request;
    response.end(JSON.stringify({ method, url, headers, bytes, sha256: digest.digest('hex') }));
  });
};

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: number;
  readonly sha256: string;
}

for (const speaks of ['plain', 'h2'] as const) {
  describe(`clients of a service that speaks ${speaks}`, () => {
    let world: HttpEnvironment;

    before(async () => {
      world = await startHttpEnvironment({
        upstream: { speaks, handler: answer },
        policies: `
@id("all") permit (principal, action, resource);
@id("protected") @reason("this is kept for ever")
forbid (principal, action == Action::"http.delete", resource) when { context.path like "/protected/*" };`,
      });
    });
    after(() => world[Symbol.asyncDispose]());

    function curl(...parts: readonly string[]): Promise<{ readonly stdout: string }> {
      const token = world.tokenOf('ana');
      const fields = ['--header', `Authorization: Bearer ${token}`];
      const options = { maxBuffer: 2 * LARGE_BYTES };
      return run('/usr/bin/curl', [...world.curl, ...fields, ...parts], options);
    }

    it('are known to it by what the gateway says, and not by their token', async () => {
      for (const version of ['--http1.1', '--http2']) {
        const { stdout } = await curl(version, `${world.url}/a%2Db?x=%7e`);
        const { url, headers } = JSON.parse(stdout) as Asked;
        assert.equal(url, '/a-b?x=%7E');
        assert.equal(headers['authorization'], 'Bearer token-of-the-gateway');
        assert.equal(headers['x-forwarded-for'], '127.0.0.1');
        assert.equal(headers['via'], '1.1 sallyport');
        assert.match(String(headers['x-sallyport-identity']), /^eyJ/);
      }
    });

    it('cannot say who they are, or through whom they come', async () => {
      const { stdout } = await curl(
        ...['--header', 'X-Sallyport-Identity: root', '--header', 'x_sallyport_identity: root'],
        ...['--header', 'X-Forwarded-For: 10.0.0.1', '--header', 'Forwarded: for=10.0.0.1'],
        ...['--header', 'X_Forwarded_For: 10.0.0.1', '--header', 'Via: 1.1 me'],
        ...['--http1.1', '--header', 'Connection: X-Sallyport-Identity, X-Forwarded-For'],
        `${world.url}/`,
      );
      const { headers } = JSON.parse(stdout) as Asked;
      assert.doesNotMatch(JSON.stringify(headers), /root|10\.0\.0\.1|1\.1 me/);
      assert.equal(headers['x-forwarded-for'], '127.0.0.1');
      assert.match(String(headers['x-sallyport-identity']), /^eyJ/);
    });

    it('send and receive what is large, whole', async () => {
      const body = Buffer.alloc(LARGE_BYTES, 'u');
      const sha256 = createHash('sha256').update(body).digest('hex');
      const sent = await world.fetch('/store', { method: 'PUT', body, subject: 'ana' });
      assert.deepEqual(((await sent.json()) as Asked).sha256, sha256);
      for (const version of ['--http1.1', '--http2']) {
        const { stdout } = await curl(version, `${world.url}/large`);
        assert.equal(stdout.length, LARGE_BYTES);
      }
    });

    it('use requests for Python as ever: kept connections, chunks, refusals', async () => {
      const token = world.tokenOf('ana');
      const { stdout } = await run('/usr/bin/python3', [
        ...['-c', PYTHON.replace('import json', `${RESOLVE}\nimport json`)],
        ...[world.url, token, world.authorityFile],
      ]);
      const [pages, bytes, status, title] = JSON.parse(stdout) as unknown[];
      assert.deepEqual(pages, ['/page?n=0', '/page?n=1', '/page?n=2']);
      assert.equal(bytes, 50_000);
      assert.deepEqual([status, title], [403, 'Refused']);
    });

    it('ask for many things at once over one connection of HTTP/2', async () => {
      const ca = await readFile(world.authorityFile, 'utf8');
      const session = connect(`https://127.0.0.1:${world.address.port}`, {
        ca,
        servername: TARGET_HOST,
      });
      const authorization = `Bearer ${world.tokenOf('ana')}`;
      const asked = await Promise.all(
        Array.from({ length: 50 }, async (_, number) => {
          const stream = session.request({
            ':authority': `${TARGET_HOST}:${world.address.port}`,
            ':path': `/n/${number}`,
            authorization,
          });
          let text = '';
          for await (const piece of stream) text += String(piece);
          return (JSON.parse(text) as Asked).url;
        }),
      );
      session.close();
      assert.deepEqual(
        asked,
        asked.map((_, number) => `/n/${number}`),
      );
    });
  });
}

/** Every name leads to the gateway. */
const RESOLVE = `
import socket
resolve = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **named: resolve("127.0.0.1", *rest, **named)`;
