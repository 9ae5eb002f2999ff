import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { TargetDetail, TargetList } from '../../src/api/target.ts';
import { makeSelfSigned } from '../../src/gateway/certificates.ts';
import { type HttpEnvironment, startHttpEnvironment } from './environment.ts';
import { startUpstream, type UpstreamHandler } from './private-upstream.ts';

const GATEWAY_HOST = 'gateway.clinic.example';

/** By what services write links to themselves. */
const FORWARDED = ['proto', 'host', 'port', 'prefix'].map((name) => `x-forwarded-${name}`);

/** Says what it was asked. */
const handler: UpstreamHandler = ({ url = '', headers }, response) => {
  const [path, question] = url.split('?');
  if (path === '/v2/lead') {
    const to = new URLSearchParams(question).get('to') ?? '';
    response.setHeader('location', to);
    response.setHeader('content-location', to);
    response.setHeader('link', `<${to}>; rel=next, <other>; rel=a`);
    response.setHeader('refresh', `3; url=${to}`);
    response.setHeader('set-cookie', [
      `a=1; Path=${to}; HttpOnly`,
      'b=2',
      'c=3; path=/',
      'd=4; Path=/v2',
    ]);
  }
  const self = FORWARDED.map((name) => headers[name]);
  response.end(JSON.stringify({ url, host: headers.host ?? headers[':authority'], self }));
};

let world: HttpEnvironment;

/** What reached the service; the status alone where nothing did. */
async function ask(url: string): Promise<string | number> {
  const answer = await world.fetch(url, { subject: 'ana' });
  if (answer.status !== 200) return answer.status;
  return ((await answer.json()) as { readonly url: string }).url;
}

/** The same, once the gateway has taken what was changed. */
async function askUntil(url: string, isDone: (found: string | number) => boolean) {
  for (let looks = 0; looks < 500; looks++) {
    const found = await ask(url);
    if (isDone(found)) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return assert.fail('the configuration was not taken');
}

describe('HTTP targets', () => {
  before(async () => {
    world = await startHttpEnvironment({
      upstream: { handler, speaks: 'plain' },
      gateway: [[['http', 'hostNames'], [GATEWAY_HOST]]],
      target: [
        [['pathPrefix'], '/records'],
        [['basePath'], '/v2'],
        [['hosts'], ['api.clinic.example']],
      ],
      names: [GATEWAY_HOST, 'api.clinic.example', 'later.sallyport', 'nothing.sallyport'],
    });
  });
  after(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  it('are reached by their names, with the base path of the target before every path', async () => {
    const { port } = world.address;
    assert.equal(await ask('/patients/1?full=1'), '/v2/patients/1?full=1');
    assert.equal(await ask(`https://api.clinic.example:${port}/records`), '/v2/records');
    assert.equal(await ask(`https://nothing.sallyport:${port}/`), 404);
  });

  it('are reached by their prefix at names of the gateway, where it is cut off', async () => {
    for (const host of [GATEWAY_HOST, 'sallyport']) {
      const origin = `https://${host}:${world.address.port}`;
      assert.equal(await ask(`${origin}/records/patients?x=1`), '/v2/patients?x=1');
      assert.equal(await ask(`${origin}/records`), '/v2/');
      assert.equal(await ask(`${origin}/recordsx`), 404);
      assert.equal(await ask(`${origin}/`), 404);
    }
  });

  it('are told how clients call them, whatever those say of it', async () => {
    const { port } = world.address;
    const own = 'api.clinic.example';
    for (const [url, prefix] of [
      [`https://${own}:${port}/a`, null],
      [`https://${GATEWAY_HOST}:${port}/records/a`, '/records'],
    ] as const) {
      const headers = { 'X-Forwarded-Prefix': '/evil', 'X-Forwarded-Host': 'evil.example' };
      const answer = await world.fetch(url, { subject: 'ana', headers });
      const { self } = (await answer.json()) as { readonly self: readonly unknown[] };
      const { host } = new URL(url);
      assert.deepEqual(self, ['https', host, String(port), prefix]);
    }
  });

  it('lead to where clients reach them, and have cookies beneath there', async () => {
    const { port } = world.address;
    const origin = `127.0.0.1:${world.upstream?.port}`;
    const lead = async (at: string, to: string) => {
      const { headers } = await world.fetch(`${at}/lead?to=${encodeURIComponent(to)}`, {
        subject: 'ana',
      });
      const [location, link, refresh] = ['location', 'link', 'refresh'].map((n) => headers.get(n));
      assert.equal(headers.get('content-location'), location);
      assert.equal(link, `<${location}>; rel=next, <other>; rel=a`);
      assert.equal(refresh, `3; url=${location}`);
      return { location, cookies: headers.getSetCookie() };
    };
    for (const at of [`https://sallyport:${port}/records`, `https://api.clinic.example:${port}`]) {
      const prefix = at.endsWith('/records') ? '/records' : '';
      for (const [to, expected] of [
        ['/v2/patients/1?x=/v2', `${prefix}/patients/1?x=/v2`],
        [`http://${origin}/v2/patients/1`, `${prefix}/patients/1`],
        [`HTTPS://${origin}/v2`, `${prefix}/`],
        ['/v2?page=2', `${prefix}/?page=2`],
        // Beside the base path: nothing of this target's, and so of nobody's behind the prefix.
        ['/v20/x', `${prefix}/v20/x`],
        ['patients/2', 'patients/2'],
        ['?page=2', '?page=2'],
        ['https://elsewhere.example/v2/x', 'https://elsewhere.example/v2/x'],
        [`https://${origin}.elsewhere.example/v2/x`, `https://${origin}.elsewhere.example/v2/x`],
        ['//elsewhere.example/v2/x', '//elsewhere.example/v2/x'],
        // None of these may come to name another server.
        ['/v2//elsewhere.example', `${prefix}/v2//elsewhere.example`],
        ['/v2/\\elsewhere.example', `${prefix}/v2/\\elsewhere.example`],
        [`http://${origin}/v2//elsewhere.example`, `http://${origin}/v2//elsewhere.example`],
      ] as const) {
        assert.equal((await lead(at, to)).location, expected, to);
      }
      const { cookies } = await lead(at, '/v2/ward');
      const beneath =
        prefix === '' ? ['b=2', 'c=3; Path=/'] : ['b=2; Path=/records', 'c=3; Path=/records'];
      assert.deepEqual(cookies, [
        `a=1; HttpOnly; Path=${prefix}/ward`,
        ...beneath,
        `d=4; Path=${prefix === '' ? '/' : prefix}`,
      ]);
    }
  });

  it('come and go with the configuration', async () => {
    const file = join(world.configurationDirectory, 'targets/later.yaml');
    const later = `https://later.sallyport:${world.address.port}/x`;
    assert.equal(await ask(later), 404);
    const text = `kind: http
address: 127.0.0.1:${world.upstream?.port}
tls: {mode: disable}
credential: {none: true}
`;
    await writeFile(file, text);
    assert.equal(await askUntil(later, (found) => found !== 404), '/x');
    await writeFile(file, text.replace('none: true', 'none: false'));
    assert.equal(await ask(later), '/x');
    await rm(file);
    assert.equal(await askUntil(later, (found) => found !== '/x'), 404);
  });

  it('are listed with their addresses, and looked at without being asked anything', async () => {
    const { targets } = await world.callApi<TargetList>('ana', 'GET', '/v1/targets');
    const url = `https://api.clinic.example:${world.address.port}`;
    assert.partialDeepStrictEqual(targets, [{ name: 'api', kind: 'http', url, database: '' }]);
    const { health } = await world.callApi<TargetDetail>('ana', 'GET', '/v1/targets/api');
    assert.partialDeepStrictEqual(health, { state: 'reachable', serverVersion: 'http/1.1' });
  });
});

describe('an HTTP target whose certificate does not pass', () => {
  it('is unreachable, for its clients and for those who look', async () => {
    await using stranger = await startUpstream(
      await makeSelfSigned({ names: ['localhost'], addresses: ['127.0.0.1'] }),
      {
        handler,
      },
    );
    await using own = await startHttpEnvironment({ upstreamPort: stranger.port });
    assert.equal((await own.fetch('/', { subject: 'ana' })).status, 502);
    const { health } = await own.callApi<TargetDetail>('ana', 'GET', '/v1/targets/api');
    assert.equal(health.state, 'unreachable');
    assert.match(health.problem ?? '', /SELF_SIGNED/);
  });
});

describe('a listener for one target', () => {
  it('serves it under any name, and without TLS on loopback if it says so', async () => {
    await using own = await startHttpEnvironment({
      upstream: { handler, speaks: 'plain' },
      tls: false,
      gateway: [[['listeners', 'http', 0, 'target'], 'api']],
      target: [[['pathPrefix'], '/records']],
    });
    for (const host of ['127.0.0.1', 'whatever.example', 'sallyport']) {
      const url = `http://${host}:${own.address.port}/records/1`;
      const answer = await own.fetch(url, { subject: 'ana' });
      assert.equal(answer.status, 200, host);
      assert.partialDeepStrictEqual(await answer.json(), { url: '/records/1' });
    }
  });
});
