import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  createFakeServices,
  createPrincipal,
  type FakeServices,
  T0,
} from '../../../test/control-plane/fake-services.ts';
import { MemorySignInStore } from '../../../test/control-plane/memory-stores.ts';
import {
  type FakeControlPlane,
  startFakeControlPlane,
} from '../../../test/control-plane/start-fake-control-plane.ts';
import { ROUTES } from '../../api/routes.ts';
import type { SignInList } from '../../api/sign-in.ts';
import type { Whoami } from '../../api/whoami.ts';
import { BrowserSignIns } from '../../identity/browser-sign-ins.ts';
import type { SignInProvider } from './sign-in-providers.ts';

const CHALLENGE = { state: 'state-1', nonce: 'nonce-1', codeVerifier: 'verifier-1' };

/** An OpenID provider that sends back as whom the code says, for the challenge that it was given. */
const OIDC: SignInProvider = {
  kind: 'oidc',
  name: 'idp',
  begin: async (redirectUri) => ({
    url: `https://idp.test/authorize?redirect_uri=${encodeURIComponent(redirectUri)}`,
    challenge: CHALLENGE,
  }),
  finish: async (url, challenge) => {
    assert.deepEqual(challenge, CHALLENGE);
    if (url.searchParams.get('state') !== challenge.state) throw new Error('Cannot sign in: state');
    const code = url.searchParams.get('code');
    if (code === null) throw new Error('Cannot sign in: no code');
    return `${code}-token`;
  },
  findSignOutUrl: async () => 'https://idp.test/logout',
};

const SAML: SignInProvider = {
  kind: 'saml',
  name: 'sso',
  begin: async () => ({ url: 'https://saml.test/sign-in?id=_1', requestId: '_1' }),
  finish: async ({ acsUrl }, requestId, response) => {
    assert.match(acsUrl, /^https:\/\/127\.0\.0\.1:\d+\/saml\/acs$/);
    assert.equal(requestId, '_1');
    if (response !== 'good') return { kind: 'rejected', reason: 'not-accepted' };
    const { signIn: _, expiresAtMs: __, ...principal } = createPrincipal('sam');
    const endsAtMs = T0 + 3_600_000;
    return { kind: 'authenticated', principal: { ...principal, issuer: 'idp' }, endsAtMs };
  },
};

let fake: FakeControlPlane;
let services: FakeServices;
let nowMs: number;

interface Sent {
  readonly method?: string;
  readonly cookie?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly form?: Readonly<Record<string, string>>;
  readonly json?: unknown;
}

interface Got {
  readonly status: number;
  readonly text: string;
  readonly location: string;
  readonly cookies: readonly string[];
}

async function send(path: string, sent: Sent = {}): Promise<Got> {
  const { method = 'GET', cookie, headers = {}, form, json } = sent;
  const body =
    form === undefined ? json && JSON.stringify(json) : new URLSearchParams(form).toString();
  const type = form === undefined ? 'application/json' : 'application/x-www-form-urlencoded';
  const outgoing = request(new URL(path, fake.url), { method, ca: fake.ca, agent: false });
  if (cookie !== undefined) outgoing.setHeader('cookie', cookie);
  for (const [name, value] of Object.entries(headers)) outgoing.setHeader(name, value);
  if (typeof body === 'string') outgoing.setHeader('content-type', type);
  outgoing.end(body);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  incoming.setEncoding('utf8');
  let text = '';
  for await (const chunk of incoming as AsyncIterable<string>) text += chunk;
  return {
    status: incoming.statusCode ?? 0,
    text,
    location: incoming.headers.location ?? '',
    cookies: incoming.headers['set-cookie'] ?? [],
  };
}

/** The part of a `Set-Cookie` that a browser sends back. */
function pairOf(cookies: readonly string[], name: string): string {
  const cookie = cookies.find((one) => one.startsWith(`${name}=`));
  return cookie?.split(';')[0] ?? '';
}

interface Session {
  readonly cookie: string;
  readonly csrf: string;
}

async function signIn(code = 'alice', cookie = ''): Promise<Session> {
  const begun = await send('/sign-in?provider=idp');
  const pending = pairOf(begun.cookies, '__Host-sallyport-pending');
  const done = await send(`/sign-in/callback?code=${code}&state=state-1`, {
    cookie: cookie === '' ? pending : `${pending}; ${cookie}`,
  });
  assert.equal(done.status, 303, done.text);
  const own = pairOf(done.cookies, '__Host-sallyport');
  const { csrfToken = '' } = JSON.parse((await send('/v1/whoami', { cookie: own })).text) as Whoami;
  return { cookie: own, csrf: csrfToken };
}

function proof({ csrf }: Session): Readonly<Record<string, string>> {
  return { 'sallyport-csrf': csrf, origin: fake.url };
}

/** Before and after the tests of one `describe`. */
function prepareTests(): void {
  before(async () => {
    fake = await startFakeControlPlane();
  });
  beforeEach(() => {
    nowMs = T0;
    services = createFakeServices({
      signInProviders: () => [OIDC, SAML],
      signIns: new BrowserSignIns({
        store: new MemorySignInStore(),
        nowMs: () => nowMs,
        limits: () => ({ lifetimeMs: 28_800_000, idleMs: 1_800_000 }),
        isDisabled: (id) => id === 'idp:mallory',
        isTrusted: (provider) => provider === 'idp',
      }),
    });
    fake.services = services;
  });
  after(() => fake[Symbol.asyncDispose]());
}

describe('signing in by OpenID Connect', () => {
  prepareTests();

  it('sends the browser to the provider, bound by a cookie that scripts cannot see', async () => {
    const { status, location, cookies } = await send('/sign-in?provider=idp&return=/requests');
    assert.equal(status, 303);
    const callback = encodeURIComponent(`${fake.url}/sign-in/callback`);
    assert.equal(location, `https://idp.test/authorize?redirect_uri=${callback}`);
    assert.equal(cookies.length, 1);
    assert.match(
      cookies[0] ?? '',
      /^__Host-sallyport-pending=[\w-]+; Path=\/; Max-Age=600; Secure; HttpOnly; SameSite=Lax$/,
    );
  });

  it('signs in with a new secret, and enters it in the ledger before', async () => {
    const begun = await send('/sign-in?provider=idp&return=/requests/req_1%3Fa=b');
    const cookie = pairOf(begun.cookies, '__Host-sallyport-pending');
    const done = await send('/sign-in/callback?code=alice&state=state-1', { cookie });
    assert.deepEqual([done.status, done.location], [303, '/requests/req_1?a=b']);
    assert.match(
      done.cookies[0] ?? '',
      /^__Host-sallyport=[\w-]{43}; Path=\/; Max-Age=28800; Secure; HttpOnly; SameSite=Strict$/,
    );
    assert.match(done.cookies[1] ?? '', /^__Host-sallyport-pending=; .*Max-Age=0;/);
    const entry = services.entries.find(({ kind }) => kind === 'sign-in');
    assert.equal(entry?.['principal'], 'idp:alice');
    assert.match(String(entry?.['signIn']), /^si_[\w-]{22}$/);
    assert.doesNotMatch(
      JSON.stringify(services.entries),
      new RegExp(pairOf(done.cookies, '__Host-sallyport').slice(17)),
    );
  });

  it('ends the sign-in that the browser had, and enters that too', async () => {
    const first = await signIn();
    const second = await signIn('alice', first.cookie);
    assert.equal((await send('/v1/whoami', { cookie: first.cookie })).status, 401);
    assert.equal((await send('/v1/whoami', { cookie: second.cookie })).status, 200);
    const entered = services.entries.filter(({ kind }) => kind.startsWith('sign-'));
    assert.deepEqual(
      entered.map(({ kind }) => kind),
      ['sign-in', 'sign-in', 'sign-out'],
    );
    assert.equal(entered[2]?.['signIn'], entered[0]?.['signIn']);
  });

  it('does not sign in when the ledger does not take it', async () => {
    const begun = await send('/sign-in?provider=idp');
    const cookie = pairOf(begun.cookies, '__Host-sallyport-pending');
    services.ledgerWorks = false;
    const { status, cookies } = await send('/sign-in/callback?code=alice&state=state-1', {
      cookie,
    });
    assert.equal(status, 503);
    assert.deepEqual(cookies, []);
  });

  it('refuses what another browser began, another state, and what the provider does not vouch for', async () => {
    const begun = await send('/sign-in?provider=idp');
    const cookie = pairOf(begun.cookies, '__Host-sallyport-pending');
    const saml = pairOf((await send('/sign-in?provider=sso')).cookies, '__Host-sallyport-pending');
    for (const [path, sent] of [
      ['/sign-in/callback?code=alice&state=state-1', {}],
      ['/sign-in/callback?code=alice&state=state-1', { cookie: `${cookie}; ${cookie}` }],
      ['/sign-in/callback?code=alice&state=state-1', { cookie: saml }],
      ['/sign-in/callback?code=alice&state=other', { cookie }],
      ['/sign-in/callback?error=access_denied&state=state-1', { cookie }],
      ['/sign-in/callback?code=no one&state=state-1', { cookie }],
    ] as const) {
      const { status, cookies } = await send(path.replaceAll(' ', '%20'), sent);
      assert.ok(status === 400 || status === 403, path);
      assert.equal(pairOf(cookies, '__Host-sallyport'), '', path);
    }
  });

  it('leads nowhere but to pages of the console', async () => {
    for (const to of [
      'https://evil.test/',
      '//evil.test',
      '/\\evil.test',
      '/requests/../../evil',
      '/v1/whoami',
      '/sign-in?provider=idp',
      'javascript:alert(1)',
      '/requests%0d%0aset-cookie: a=b',
    ]) {
      const begun = await send(`/sign-in?provider=idp&return=${encodeURIComponent(to)}`);
      const cookie = pairOf(begun.cookies, '__Host-sallyport-pending');
      const done = await send('/sign-in/callback?code=alice&state=state-1', { cookie });
      assert.ok(done.location === '/' || done.location.startsWith('/requests'), to);
      assert.equal(new URL(done.location, fake.url).host, new URL(fake.url).host, to);
    }
  });

  it('works only where the console has its address', async () => {
    const { status, cookies } = await send('/sign-in?provider=idp', {
      headers: { host: 'evil.test' },
    });
    assert.deepEqual([status, cookies], [421, []]);
  });

  it('ends the sign-in that the browser had', async () => {
    const first = await signIn('alice');
    const second = await signIn('alice', first.cookie);
    assert.notEqual(first.cookie, second.cookie);
    assert.equal((await send('/v1/whoami', { cookie: first.cookie })).status, 401);
    assert.equal((await send('/v1/whoami', { cookie: second.cookie })).status, 200);
  });
});

describe('signing in by SAML', () => {
  prepareTests();

  it('is bound by a cookie that comes along with the form of another site', async () => {
    const begun = await send('/sign-in?provider=sso&return=/requests');
    assert.match(begun.cookies[0] ?? '', /; Secure; HttpOnly; SameSite=None$/);
    const cookie = pairOf(begun.cookies, '__Host-sallyport-pending');
    const form = { SAMLResponse: 'good', RelayState: 'https://evil.test' };
    const done = await send('/saml/acs', { method: 'POST', cookie, form });
    assert.deepEqual([done.status, done.location], [303, '/requests']);
    const own = pairOf(done.cookies, '__Host-sallyport');
    const who = JSON.parse((await send('/v1/whoami', { cookie: own })).text) as Whoami;
    assert.deepEqual([who.id, who.signIn], ['idp:sam', 'saml']);
    // For as long as the provider vouches for it, not for as long as the configuration lets one last.
    assert.match(done.cookies.join(' '), /__Host-sallyport=[\w-]+; Path=\/; Max-Age=3600;/);
    assert.equal(Date.parse(who.expiresAt), T0 + 3_600_000);
  });

  it('refuses an answer that is not accepted, and one without the cookie', async () => {
    const begun = await send('/sign-in?provider=sso');
    const cookie = pairOf(begun.cookies, '__Host-sallyport-pending');
    const bad = await send('/saml/acs', { method: 'POST', cookie, form: { SAMLResponse: 'bad' } });
    assert.equal(bad.status, 403);
    const none = await send('/saml/acs', { method: 'POST', form: { SAMLResponse: 'good' } });
    assert.equal(none.status, 400);
  });

  it('describes us to a provider', async () => {
    const { status, text } = await send('/saml/metadata');
    assert.equal(status, 200);
    assert.match(text, /\/saml\/acs"/);
  });
});

describe('a sign-in in a browser', () => {
  prepareTests();

  it('reads without proof, and changes nothing without it', async () => {
    const session = await signIn('officer');
    const { cookie } = session;
    assert.equal((await send('/v1/requests', { cookie })).status, 200);
    const path = '/v1/requests/req_bob/reviews';
    const json = { verdict: 'approve' };
    const forged: readonly Readonly<Record<string, string | readonly string[]>>[] = [
      {},
      { origin: fake.url },
      { 'sallyport-csrf': session.csrf },
      { ...proof(session), origin: 'https://evil.test' },
      { ...proof(session), origin: 'null' },
      { ...proof(session), origin: `${fake.url}.evil.test` },
      { ...proof(session), 'sallyport-csrf': `${session.csrf}x` },
      { ...proof(session), 'sallyport-csrf': '' },
      { ...proof(session), 'sallyport-csrf': (await signIn('alice')).csrf },
      { ...proof(session), 'sec-fetch-site': 'cross-site' },
      { ...proof(session), 'sec-fetch-site': 'same-site' },
      { ...proof(session), host: 'evil.test', origin: 'https://evil.test' },
    ];
    for (const headers of forged) {
      const { status } = await send(path, { method: 'POST', cookie, headers, json });
      assert.equal(status, 403, JSON.stringify(headers));
    }
    assert.equal(services.access.calls.length, 0);
    const headers = { ...proof(session), 'sec-fetch-site': 'same-origin' };
    const { status } = await send(path, { method: 'POST', cookie, headers, json });
    assert.equal(status, 201);
    assert.deepEqual(
      services.access.calls.map(({ method, actor }) => [method, actor.via]),
      [['review', 'console']],
    );
  });

  it('changes nothing on any route without proof', async () => {
    const { cookie } = await signIn('officer');
    const unsafe = ROUTES.filter(
      ({ method, access }) =>
        method !== 'GET' && access.kind !== 'token' && access.kind !== 'public',
    );
    assert.ok(unsafe.length > 15);
    const before = services.entries.length;
    for (const { path, json } of unsafe) {
      const address = path.replace(/\{\w+\}/g, 'req_bob');
      const body = json === undefined ? {} : { json: {} };
      const { status } = await send(address, { method: 'POST', cookie, ...body });
      assert.equal(status, 403, path);
    }
    assert.equal(services.access.calls.length, 0);
    assert.equal(services.entries.length, before);
  });

  it('does not count when the browser sends two, or one that is made up', async () => {
    const { cookie } = await signIn();
    for (const other of [
      `${cookie}; ${cookie}`,
      `${cookie}x`,
      '__Host-sallyport=',
      `__Host-sallyport=${'A'.repeat(43)}`,
      cookie.replace('__Host-', ''),
      `${cookie}; a=${'b'.repeat(9_000)}`,
    ]) {
      assert.equal((await send('/v1/whoami', { cookie: other })).status, 401, other.slice(0, 80));
    }
  });

  it('is not asked for when a token comes along', async () => {
    const { cookie } = await signIn('alice');
    const headers = { authorization: 'Bearer wrong' };
    assert.equal((await send('/v1/whoami', { cookie, headers })).status, 401);
  });

  it('ends by time, used or unused', async () => {
    const { cookie } = await signIn();
    for (let step = 0; step < 15; step++) {
      assert.equal((await send('/v1/whoami', { cookie })).status, 200);
      nowMs += 1_799_000;
    }
    assert.equal((await send('/v1/whoami', { cookie })).status, 200);
    nowMs = T0 + 28_800_000;
    assert.equal((await send('/v1/whoami', { cookie })).status, 401);
    const other = await signIn();
    nowMs += 1_800_000;
    assert.equal((await send('/v1/whoami', { cookie: other.cookie })).status, 401);
  });

  it('is not prolonged by a page that only waits for events', async () => {
    const { cookie } = await signIn();
    const secret = cookie.slice('__Host-sallyport='.length);
    nowMs += 1_700_000;
    assert.ok((await services.signIns.authenticate(secret, false)) !== undefined);
    nowMs += 200_000;
    assert.equal((await send('/v1/whoami', { cookie })).status, 401);
  });

  it('is worth nothing for whom the configuration bars', async () => {
    const begun = await send('/sign-in?provider=idp');
    const cookie = pairOf(begun.cookies, '__Host-sallyport-pending');
    const done = await send('/sign-in/callback?code=mallory&state=state-1', { cookie });
    const own = pairOf(done.cookies, '__Host-sallyport');
    assert.equal((await send('/v1/whoami', { cookie: own })).status, 401);
  });

  it('can be listed and ended by whose it is, and by nobody else', async () => {
    const [first, second, bob] = [await signIn(), await signIn(), await signIn('bob')];
    const list = JSON.parse(
      (await send('/v1/sign-ins', { cookie: second.cookie })).text,
    ) as SignInList;
    assert.deepEqual(
      list.signIns.map(({ current }) => current),
      [true, false],
    );
    const id = list.signIns[1]?.id ?? '';
    const end = (session: Session): Promise<Got> =>
      send(`/v1/sign-ins/${id}/end`, {
        method: 'POST',
        cookie: session.cookie,
        headers: proof(session),
      });
    assert.equal((await end(bob)).status, 404);
    assert.equal((await end(second)).status, 200);
    assert.equal((await send('/v1/whoami', { cookie: first.cookie })).status, 401);
    assert.equal((await end(second)).status, 404);
  });

  it('signs out: the secret is worth nothing, the browser forgets it, the provider is named', async () => {
    const session = await signIn();
    const { cookie } = session;
    const headers = proof(session);
    const done = await send('/v1/sign-out', { method: 'POST', cookie, headers });
    assert.deepEqual(JSON.parse(done.text), { providerUrl: 'https://idp.test/logout' });
    assert.match(
      done.cookies[0] ?? '',
      /^__Host-sallyport=; Path=\/; Max-Age=0; Secure; HttpOnly; SameSite=Strict$/,
    );
    assert.equal((await send('/v1/whoami', { cookie })).status, 401);
    assert.ok(services.entries.some(({ kind }) => kind === 'sign-out'));
  });

  it('is not a token: what asks by a token cannot sign out', async () => {
    const headers = { authorization: 'Bearer alice-token' };
    assert.equal((await send('/v1/sign-out', { method: 'POST', headers })).status, 400);
  });
});

describe('the console', () => {
  prepareTests();

  it('says plainly that it was not built', async () => {
    const { status, text } = await send('/requests');
    assert.equal(status, 404);
    assert.match(text, /was not built/);
  });

  it('is one page at its paths, with a nonce of its own each time', async () => {
    const asset = { mediaType: 'text/javascript', bytes: Buffer.from('1'), gzipped: Buffer.of() };
    fake.services = createFakeServices({
      console: {
        page: '<meta name="csp-nonce" content="%NONCE%">',
        assets: new Map([['/assets/a-1.js', { ...asset, isImmutable: true }]]),
      },
    });
    const nonces = new Set<string>();
    for (const path of [
      '/',
      '/requests/req_1',
      '/alerts',
      '/reports',
      '/ledger/a/1?q=1',
      '/account',
    ]) {
      const response = await fetchPage(path);
      const nonce = /content="([^"]+)"/.exec(response.text)?.[1] ?? '';
      nonces.add(nonce);
      assert.ok(response.policy.includes(`style-src 'self' 'nonce-${nonce}'`), path);
      assert.ok(response.policy.includes("default-src 'none'; script-src 'self';"), path);
      assert.equal(response.cache, 'no-store');
    }
    assert.equal(nonces.size, 6);
    const script = await fetchPage('/assets/a-1.js');
    assert.equal(script.cache, 'public, max-age=31536000, immutable');
    for (const path of [
      '/assets/',
      '/assets/../index.html',
      '/index.html',
      '/nowhere',
      '/v1/nowhere',
    ]) {
      assert.equal((await send(path)).status, 404, path);
    }
  });
});

async function fetchPage(path: string) {
  const outgoing = request(new URL(path, fake.url), { ca: fake.ca, agent: false }).end();
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  incoming.setEncoding('utf8');
  let text = '';
  for await (const chunk of incoming as AsyncIterable<string>) text += chunk;
  const { headers } = incoming;
  return {
    text,
    policy: String(headers['content-security-policy']),
    cache: String(headers['cache-control']),
  };
}
