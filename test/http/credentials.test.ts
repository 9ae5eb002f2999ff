import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { changeYaml } from '../../demo/write-configuration.ts';
import type { SessionList } from '../../src/api/session.ts';
import { ApiClient } from '../control-plane/api-client.ts';
import { type HttpEnvironment, startHttpEnvironment } from './environment.ts';

/** No word of any dictionary: what is found is a leak and nothing else. */
const SECRET: string = `planted-${randomBytes(12).toString('hex')}`;
const REFERENCE = 'file:secrets/planted';
/** What the token server gives: as much of a secret. */
const TOKEN: string = `token-${randomBytes(12).toString('hex')}`;

let world: HttpEnvironment;
let tokenServer: Server;
/** What the target got last, by path. */
const seen = new Map<string, IncomingMessage>();

before(async () => {
  tokenServer = createServer((request, response) => {
    const [, sent = ''] = (request.headers.authorization ?? '').split('Basic ');
    // Both parts are written as in a form: RFC 6749, section 2.3.1.
    const login = decodeURIComponent(Buffer.from(sent, 'base64').toString());
    response.statusCode = login === `gateway:${SECRET}` ? 200 : 401;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ access_token: TOKEN, token_type: 'bearer', expires_in: 600 }));
  });
  await new Promise<void>((resolve) => tokenServer.listen(0, '127.0.0.1', resolve));
  world = await startHttpEnvironment({
    upstream: {
      handler(request, response) {
        const path = (request.url ?? '').split('?')[0] ?? '';
        seen.set(path, request as IncomingMessage);
        if (path === '/reset') return void request.socket.destroy();
        response.statusCode = path === '/unauthorized' ? 401 : 200;
        response.end('done');
      },
    },
    secrets: { planted: SECRET },
  });
});
after(async () => {
  await world[Symbol.asyncDispose]();
  tokenServer.closeAllConnections();
  await new Promise((resolve) => tokenServer.close(resolve));
});

/** Puts a credential into the target's file, and waits until requests bear it. */
async function use(
  credential: Readonly<Record<string, unknown>>,
  isBorne: (request: IncomingMessage) => boolean,
): Promise<void> {
  await changeYaml(join(world.configurationDirectory, 'targets/api.yaml'), [
    [['credential'], credential],
  ]);
  for (;;) {
    await world.fetch('/probe', { subject: 'ana' });
    const request = seen.get('/probe');
    if (request !== undefined && isBorne(request)) return;
    await wait(100);
  }
}

/** Asks in all the ways that could make somebody say too much. */
async function askAround(headers: Readonly<Record<string, string>>, query = ''): Promise<void> {
  for (const path of ['/fine', '/unauthorized', '/reset']) {
    const response = await world.fetch(`${path}${query}`, { subject: 'ana', headers });
    assertClean(`${path}: ${response.status}`, await response.text());
    for (const [name, value] of response.headers) assertClean(`${path}: ${name}`, value);
  }
  const put = { subject: 'ana', method: 'PUT', headers, body: 'an object' } as const;
  assert.equal((await world.fetch(`/put${query}`, put)).status, 200);
}

function assertClean(where: string, text: string): void {
  for (const secret of [SECRET, TOKEN, encodeURIComponent(SECRET), base64(SECRET)]) {
    assert(!text.includes(secret), `a secret is in ${where}`);
  }
}

/** Without the last characters, which depend on what follows. */
function base64(text: string): string {
  return Buffer.from(text).toString('base64').slice(0, -4);
}

function last(path: string): IncomingMessage {
  const request = seen.get(path);
  assert(request, `the target was asked for ${path}`);
  return request;
}

describe('a credential of an HTTP target', () => {
  it('is a header field, in place of any that clients send', async () => {
    const credential = { header: { name: 'X-Api-Key', value: REFERENCE } };
    await use(credential, ({ headers }) => headers['x-api-key'] === SECRET);
    await askAround({ 'x-api-key': 'theirs', x_api_key: 'theirs' });
    assert.equal(last('/fine').headers['x-api-key'], SECRET);
    assert.equal(last('/fine').headers['x_api_key'], undefined);
  });

  it('is a password', async () => {
    const expected = `Basic ${Buffer.from(`gateway:${SECRET}`).toString('base64')}`;
    const credential = { basic: { user: 'gateway', password: REFERENCE } };
    await use(credential, ({ headers }) => headers.authorization === expected);
    await askAround({});
    assert.equal(last('/put').headers.authorization, expected);
  });

  it('is a parameter of the query, in place of any that clients send', async () => {
    const credential = { query: { name: 'key', value: REFERENCE } };
    await use(credential, ({ url }) => url === `/probe?key=${SECRET}`);
    await askAround({}, '?a=1&key=theirs&KE%59=theirs');
    assert.equal(last('/fine').url, `/fine?a=1&key=${SECRET}`);
  });

  it('is a token that the gateway asks for by itself', async () => {
    const { port } = tokenServer.address() as AddressInfo;
    const tokenUrl = `http://127.0.0.1:${port}/token`;
    const credential = { oauth: { tokenUrl, clientId: 'gateway', clientSecret: REFERENCE } };
    await use(credential, ({ headers }) => headers.authorization === `Bearer ${TOKEN}`);
    await askAround({});
    assert.equal(last('/put').headers.authorization, `Bearer ${TOKEN}`);
  });

  it('is a signature', async () => {
    const credential = {
      sigv4: {
        ...{ region: 'eu-central-1', service: 'execute-api' },
        ...{ accessKeyId: 'file:secrets/api-token', secretAccessKey: REFERENCE },
      },
    };
    await use(credential, ({ headers }) =>
      (headers.authorization ?? '').startsWith('AWS4-HMAC-SHA256 Credential=token-of-the-gateway/'),
    );
    await askAround({ 'x-amz-date': '20200101T000000Z' }, '?X-Amz-Signature=theirs');
    assert.equal(last('/fine').url, '/fine');
    assert.notEqual(last('/fine').headers['x-amz-date'], '20200101T000000Z');
  });

  it('that cannot be had is told as that, and as nothing more', async () => {
    const tokenUrl = `https://127.0.0.1:1/${SECRET}`;
    const credential = { oauth: { tokenUrl, clientId: 'gateway', clientSecret: REFERENCE } };
    await changeYaml(join(world.configurationDirectory, 'targets/api.yaml'), [
      [['credential'], credential],
    ]);
    let response = await world.fetch('/fine', { subject: 'ana' });
    while (response.status === 200) {
      await wait(100);
      response = await world.fetch('/fine', { subject: 'ana' });
    }
    assert.equal(response.status, 502);
    assert.equal(response.headers.get('content-type'), 'application/problem+json');
    assertClean('the problem', await response.text());
  });

  it('never is the token of the client', () => {
    assert(seen.size > 0);
    for (const [path, { headers }] of seen) {
      const { 'x-sallyport-identity': ours, ...others } = headers;
      assert.match(String(ours), /^eyJ/);
      assert(!JSON.stringify(others).includes('eyJ'), path);
    }
  });

  it('is in no log, no entry of the ledger, no recording and no file of the gateway', async () => {
    assertClean('the log', world.process.log());
    const entries = await world.entries();
    assert(
      entries.some(({ kind }) => kind === 'operation'),
      'the ledger was read',
    );
    for (const entry of entries) assertClean(entry.kind, JSON.stringify(entry));
    const ca = await readFile(world.authorityFile, 'utf8');
    const url = `https://localhost:${world.process.api?.port}`;
    const client = new ApiClient(url, ca, world.tokenOf('ana'));
    const { body: list } = await client.get<SessionList>('/v1/sessions?limit=100');
    assert(list.sessions.length > 0);
    let recordedBytes = 0;
    for (const { id } of list.sessions) {
      const recording = await client.get(`/v1/sessions/${id}/recording`);
      const text = JSON.stringify(recording.body);
      recordedBytes += text.length;
      assertClean('a recording', text);
    }
    assert(recordedBytes > 0);
    for (const name of await readdir(world.dataDirectory, { recursive: true })) {
      if (name.includes('postgres')) continue;
      const bytes = await readFile(join(world.dataDirectory, name)).catch(() => Buffer.alloc(0));
      assertClean(name, bytes.toString('latin1'));
    }
  });
});
