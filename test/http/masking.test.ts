import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { brotliCompressSync, deflateSync, gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { Response } from 'undici';
import { type HttpEnvironment, startHttpEnvironment } from './environment.ts';
import type { UpstreamHandler } from './private-upstream.ts';

const run = promisify(execFile);

/** `ana` sees nothing raw; `noor` sees all. */
const POLICIES = `
@id("use") permit (principal, action, resource) unless { action == Action::"reveal" };
@id("nurses") permit (principal in Group::"nurses", action == Action::"reveal", resource);`;

const RECORD = '{"id":7,"name":"Ada Lovelace","ssn":"212-55-1234","weight":61.50}';
const MASKED = '{"id":7,"name":"[redacted]","ssn":"[redacted]","weight":61.50}';
const MRN = 'QX-4711-Z';
const CODERS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
};

/** What each request asked for, as the service saw it. */
const asked: { readonly url: string; readonly fields: Readonly<Record<string, unknown>> }[] = [];

const answer: UpstreamHandler = (request, response) => {
  const { url = '', headers } = request;
  asked.push({ url, fields: headers });
  request.resume();
  const coding = new URL(url, 'http://x').searchParams.get('coding') ?? '';
  response.setHeader('content-type', 'application/json');
  response.setHeader('etag', '"v1"');
  if (url.includes('/notfound')) response.statusCode = 404;
  if (url.startsWith('/chart')) {
    // As services do that say what they looked for.
    const mrn = new URL(url, 'http://x').searchParams.get('mrn');
    if (mrn === null) return void response.end(JSON.stringify({ mrn: MRN }));
    response.statusCode = url.includes('/gone') ? 404 : 200;
    response.setHeader('x-searched', mrn);
    return void response.end(JSON.stringify({ searched: mrn, found: 0 }));
  }
  if (url.includes('/partial')) response.statusCode = 206;
  if (url.includes('/moved')) {
    response.statusCode = 302;
    response.setHeader('location', '/patients?ssn=212-55-1234');
    response.setHeader('set-cookie', ['seen=212-55-1234; Path=/', '__Host-sallyport-site=forged']);
    return void response.end();
  }
  if (headers['if-none-match'] === '"v1"') {
    response.statusCode = 304;
    return void response.end();
  }
  response.setHeader('x-patient', 'Social security number 212-55-1234');
  response.setHeader('digest', 'sha-256=abc');
  response.setHeader('accept-ranges', 'bytes');
  if (coding !== '') response.setHeader('content-encoding', coding);
  response.end(CODERS[coding]?.(Buffer.from(RECORD)) ?? RECORD);
};

describe('responses of a service with a data map', () => {
  let world: HttpEnvironment;
  let tokens: Readonly<Record<string, string>> = {};

  before(async () => {
    world = await startHttpEnvironment({
      policies: POLICIES,
      upstream: { speaks: 'plain', handler: answer },
      dataMap: {
        bodies: {
          '/patients/**': { format: 'json', fields: { name: 'name', ssn: 'ssn' } },
          '/chart': { format: 'json', fields: { mrn: 'mrn' } },
        },
        parameters: { ssn: 'ssn', mrn: 'mrn' },
      },
    });
    tokens = { ana: world.tokenOf('ana'), noor: world.tokenOf('noor') };
  });
  after(() => world[Symbol.asyncDispose]());

  function ask(
    who: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
    body?: string,
  ): Promise<Response> {
    const authorization = `Bearer ${tokens[who]}`;
    const method = body === undefined ? 'GET' : 'PUT';
    return world.fetch(path, {
      method,
      headers: { ...headers, authorization },
      ...(body !== undefined && { body }),
    });
  }

  it('come whole and as they were to who may see all', async () => {
    const response = await ask('noor', '/patients/7', { 'if-none-match': '"v0"' });
    assert.equal(await response.text(), RECORD);
    assert.equal(response.headers.get('etag'), '"v1"');
    assert.equal(response.headers.get('digest'), 'sha-256=abc');
    assert.equal(asked.at(-1)?.fields['if-none-match'], '"v0"');
    assert.equal((await ask('noor', '/patients/7', { 'if-none-match': '"v1"' })).status, 304);
  });

  it('are masked, and say nothing of the bytes that the service sent', async () => {
    const response = await ask('ana', '/patients/7');
    assert.equal(await response.text(), MASKED);
    assert.equal(response.headers.get('digest'), null);
    assert.equal(response.headers.get('accept-ranges'), 'none');
    assert.match(response.headers.get('cache-control') ?? '', /private/);
    assert.doesNotMatch(response.headers.get('x-patient') ?? '', /212/);
    assert.doesNotMatch(response.headers.get('etag') ?? '', /^"v1"$/);
  });

  it('are masked in every coding, and come in the one that the client likes', async () => {
    for (const coding of Object.keys(CODERS)) {
      const { stdout } = await run(
        '/usr/bin/curl',
        [
          ...[...world.curl, '--header', `Authorization: Bearer ${tokens['ana']}`],
          ...['--header', 'Accept-Encoding: gzip', `${world.url}/patients/7?coding=${coding}`],
        ],
        { encoding: 'buffer' },
      );
      assert.equal(gunzipSync(stdout).toString(), MASKED, coding);
    }
    const plain = await ask('ana', '/patients/7?coding=gzip', { 'accept-encoding': 'identity' });
    assert.equal(plain.headers.get('content-encoding'), null);
    assert.equal(await plain.text(), MASKED);
  });

  it('are refused where they cannot be decoded, or are a part of something', async () => {
    for (const path of ['/patients/7?coding=compress', '/patients/7?coding=gzip%2Cgzip']) {
      const response = await ask('ana', path);
      assert.equal(response.status, 502);
      assert.match(await response.text(), /content coding is unknown/);
    }
    assert.equal((await ask('ana', '/patients/partial')).status, 502);
  });

  it('are asked for whole, by the validators of what was shown masked', async () => {
    const shown = await ask('ana', '/patients/7', { range: 'bytes=0-9', 'if-none-match': '"v1"' });
    assert.equal(shown.status, 200);
    assert.equal(asked.at(-1)?.fields['range'], undefined);
    assert.equal(asked.at(-1)?.fields['if-none-match'], undefined);
    const twins = { if_none_match: '"v1"', 'if-modified_since': 'Sat, 21 Nov 2026 08:00:00 GMT' };
    await (await ask('ana', '/patients/7', twins)).body?.cancel();
    for (const name of Object.keys(twins)) assert.equal(asked.at(-1)?.fields[name], undefined);
    const etag = shown.headers.get('etag') ?? '';
    await shown.body?.cancel();
    const again = await ask('ana', '/patients/7', { 'if-none-match': etag });
    assert.equal(again.status, 304);
    assert.equal(asked.at(-1)?.fields['if-none-match'], '"v1"');
    assert.equal((await ask('noor', '/patients/7', { 'if-none-match': etag })).status, 200);
  });

  it('are masked in error pages and redirects as in all others', async () => {
    const missing = await ask('ana', '/patients/notfound');
    assert.equal(missing.status, 404);
    assert.equal(await missing.text(), MASKED);
    const moved = await ask('ana', '/patients/moved');
    assert.equal(moved.status, 302);
    assert.doesNotMatch(JSON.stringify([...moved.headers]), /212-55-1234|__Host-sallyport/);
    const raw = await ask('noor', '/patients/moved');
    assert.equal(raw.headers.get('location'), '/patients?ssn=212-55-1234');
    assert.doesNotMatch(JSON.stringify([...raw.headers]), /__Host-sallyport/);
  });

  it('are not asked for by what is hidden', async () => {
    const before = asked.length;
    const refused = await ask('ana', '/patients?ssn=212-55-1234');
    assert.equal(refused.status, 403);
    // As servers read names of parameters: Express, Rails, PHP.
    for (const name of ['ssn[$in][]', 'ssn[a][b]', 'ssn[]x', '[ssn]', '%5Bssn%5D', 'ssn%00x']) {
      assert.equal((await ask('ana', `/patients?${name}=212-55-1234`)).status, 403, name);
    }
    assert.equal(asked.length, before);
    assert.equal((await ask('noor', '/patients?ssn=212-55-1234')).status, 200);
    const entries = await world.entries('operation.refuse');
    assert.doesNotMatch(JSON.stringify(entries), /212-55-1234/);
  });

  it('do not tell what a pseudonym stands for that they were asked by', async () => {
    const chart = (await (await ask('ana', '/chart')).json()) as { readonly mrn: string };
    const { mrn } = chart;
    assert.match(mrn, /^ps1_[0-9a-f]{16}$/);
    const found = await ask('ana', `/chart?mrn=${mrn}`);
    assert.equal(asked.at(-1)?.url, `/chart?mrn=${MRN}`);
    assert.deepEqual(await found.json(), { searched: mrn, found: 0 });
    assert.equal(found.headers.get('x-searched'), mrn);
    const missing = await ask('ana', `/chart/gone?mrn=${mrn}`);
    assert.equal(missing.status, 404);
    assert.equal(await missing.text(), '[redacted]');
    assert.doesNotMatch(JSON.stringify(await world.entries('operation')), new RegExp(MRN));
  });

  it('are not stored back in the place of what they hide', async () => {
    const before = asked.length;
    const headers = { 'content-type': 'application/json' };
    const refused = await ask('ana', '/patients/7', headers, MASKED);
    assert.equal(refused.status, 403);
    assert.equal(asked.length, before);
    assert.equal((await ask('ana', '/patients/7', headers, '{"weight":62}')).status, 200);
  });

  it('are not written with a number of the client’s choice, however its field is called', async () => {
    const before = asked.length;
    const headers = { 'content-type': 'application/json' };
    for (const body of [`{"mrn":"${MRN}"}`, `{"MRN":"${MRN}"}`, `{"\\u004drn":"${MRN}"}`]) {
      assert.equal((await ask('ana', '/chart', headers, body)).status, 403, body);
    }
    const parts = { 'content-type': 'multipart/form-data; boundary=x' };
    const form = `--x\r\nContent-Disposition: form-data; name="mrn"\r\n\r\n${MRN}\r\n--x--\r\n`;
    assert.equal((await ask('ana', '/chart', parts, form)).status, 403);
    assert.equal(asked.length, before);
    assert.equal((await ask('ana', '/chart', headers, '{"weight":62}')).status, 200);
    assert.equal((await ask('noor', '/chart', headers, `{"MRN":"${MRN}"}`)).status, 200);
    assert.equal((await ask('noor', '/chart', parts, form)).status, 200);
  });

  it('are in the ledger with what was masked of them', async () => {
    const results = await world.entries('result');
    const masked = results.find((result) => result['masked'] !== undefined);
    assert.deepEqual(masked?.['masked'], { name: 1, ssn: 1 });
    const operations = await world.entries('operation');
    assert(
      operations.some(
        ({ session, exchange }) =>
          session === masked?.['session'] && exchange === masked?.['exchange'],
      ),
    );
  });
});
