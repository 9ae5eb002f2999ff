import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { type OidcProvider, startOidcProvider } from '../../demo/oidc-provider.ts';
import { signInAs } from '../../demo/oidc-sign-in.ts';
import {
  type LoginIo,
  type LoginOptions,
  loginWithBrowser,
  loginWithDevice,
} from '../../src/cli/login.ts';
import { freshToken, logout, type SessionOptions } from '../../src/cli/login-session.ts';
import { changeSignIn, findSignIn, type SignIn } from '../../src/cli/token-file.ts';

const GATEWAY = 'https://gateway.hospital.example';
const SIGNAL = new AbortController().signal;

let provider: OidcProvider;
let folder = '';
let tokenFile = '';
let offsetMs = 0;

before(async () => {
  provider = await startOidcProvider({ tokenLifetimeSeconds: 600 });
});
after(() => provider.stop());
beforeEach(async () => {
  offsetMs = 0;
  folder = await mkdtemp(join(tmpdir(), 'login-'));
  tokenFile = join(folder, 'sallyport', 'tokens.json');
});
afterEach(() => rm(folder, { recursive: true }));

function loginOptions(changes: Partial<LoginOptions> = {}): LoginOptions {
  return {
    gatewayUrl: GATEWAY,
    tokenFile,
    issuer: provider.issuer,
    clientId: 'sallyport-cli',
    scope: 'openid profile groups offline_access',
    ...changes,
  };
}

function session(): SessionOptions {
  return { gatewayUrl: GATEWAY, tokenFile, nowMs: () => Date.now() + offsetMs };
}

/** A terminal whose person does something with the first address that is shown. */
class Terminal implements LoginIo {
  readonly lines: string[] = [];
  readonly #act: (url: string) => Promise<unknown>;
  acted: Promise<unknown> | undefined;

  constructor(act: (url: string) => Promise<unknown>) {
    this.#act = act;
  }

  say(line: string): void {
    this.lines.push(line);
    const url = /https?:\S+/.exec(line)?.[0];
    if (url === undefined || this.acted !== undefined) return;
    this.acted = this.#act(url);
    // Looked at by the test; until then a failure must not end the process.
    this.acted.catch(() => undefined);
  }

  openBrowser(): Promise<boolean> {
    return Promise.resolve(false);
  }

  nowMs(): number {
    return Date.now() + offsetMs;
  }
}

function readClaims(token: string): Record<string, unknown> {
  const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  return JSON.parse(claims) as Record<string, unknown>;
}

async function signInByBrowser(changes: Partial<LoginOptions> = {}): Promise<SignIn> {
  const terminal = new Terminal((url) => signInAs('noor', url, SIGNAL));
  return loginWithBrowser(loginOptions(changes), terminal, SIGNAL);
}

describe('loginWithDevice', () => {
  it('shows a code, waits for the person, and keeps the tokens', async () => {
    const terminal = new Terminal((url) => signInAs('ana', url, SIGNAL));
    const signIn = await loginWithDevice(loginOptions(), terminal, SIGNAL);
    assert.match(String(await terminal.acted), /Signed in/);
    const { sub, aud, groups } = readClaims(signIn.token);
    assert.deepEqual(
      { sub, aud, groups },
      { sub: 'ana', aud: 'sallyport-cli', groups: ['analysts'] },
    );
    assert.match(terminal.lines.join('\n'), /this code: [A-Z]{4}-[A-Z]{4}$/);
    assert.deepEqual(await findSignIn(tokenFile, GATEWAY), signIn);
    assert.equal((await stat(tokenFile)).mode & 0o777, 0o600);
  });

  it('tells when the person says no', async () => {
    const decline = async (url: string): Promise<void> => {
      const code = new URL(url).searchParams.get('user_code') ?? '';
      const form = await fetch(`${provider.issuer}/device`);
      const xsrf = /name="xsrf" value="([^"]*)"/.exec(await form.text())?.[1] ?? '';
      const cookie = form.headers
        .getSetCookie()
        .map((line) => line.split(';')[0])
        .join('; ');
      const body = new URLSearchParams({ xsrf, user_code: code, abort: 'yes' });
      await fetch(`${provider.issuer}/device`, { method: 'POST', body, headers: { cookie } });
    };
    const terminal = new Terminal(decline);
    await assert.rejects(loginWithDevice(loginOptions(), terminal, SIGNAL), {
      code: 'ERR_LOGIN_DECLINED',
      message: 'Cannot sign in: the provider answered access_denied',
    });
    assert.equal(await findSignIn(tokenFile, GATEWAY), undefined);
  });

  it('stops when the person gives up', async () => {
    const controller = new AbortController();
    const terminal = new Terminal(async () => controller.abort(new Error('interrupted')));
    const login = loginWithDevice(loginOptions(), terminal, controller.signal);
    await assert.rejects(login, /interrupted/);
  });

  it('says so when the provider cannot be reached or is another one', async () => {
    const terminal = new Terminal(async () => undefined);
    const away = loginOptions({ issuer: 'http://127.0.0.1:1' });
    await assert.rejects(loginWithDevice(away, terminal, SIGNAL), { code: 'ERR_LOGIN_PROVIDER' });
    const mixed = loginOptions({ issuer: provider.issuer.replace('127.0.0.1', 'localhost') });
    await assert.rejects(loginWithDevice(mixed, terminal, SIGNAL), { code: 'ERR_LOGIN_PROVIDER' });
    const plain = loginOptions({ issuer: 'http://id.hospital.example' });
    await assert.rejects(loginWithDevice(plain, terminal, SIGNAL), { code: 'ERR_LOGIN_PROVIDER' });
  });

  it('neither opens nor shows what a hostile provider would have it open or show', async () => {
    await using hostile = await HostileProvider.start({
      device_code: 'd',
      user_code: '\u001b[2JEVIL',
      verification_uri: 'file:///etc/passwd',
      expires_in: 60,
      interval: 1,
    });
    const terminal = new Terminal(async () => undefined);
    const options = loginOptions({ issuer: hostile.issuer });
    await assert.rejects(loginWithDevice(options, terminal, SIGNAL), /not a web address/);
    assert.deepEqual(terminal.lines, []);

    hostile.answer = { ...hostile.answer, verification_uri: 'https://id.example/\u001b]0;x' };
    const controller = new AbortController();
    const giveUp = new Terminal(async () => setImmediate(() => controller.abort()));
    await assert.rejects(loginWithDevice(options, giveUp, controller.signal));
    assert(giveUp.lines.length > 0);
    for (const line of giveUp.lines) assert(!line.includes('\u001b'), JSON.stringify(line));
  });
});

describe('loginWithBrowser', () => {
  it('signs in through the redirect to this machine', async () => {
    const terminal = new Terminal((url) => signInAs('petra', url, SIGNAL));
    const signIn = await loginWithBrowser(loginOptions(), terminal, SIGNAL);
    assert.match(String(await terminal.acted), /You can close this page/);
    const { sub, groups } = readClaims(signIn.token);
    assert.deepEqual({ sub, groups }, { sub: 'petra', groups: ['privacy-officers'] });
    assert.deepEqual(await findSignIn(tokenFile, GATEWAY), signIn);
  });

  it('asks with PKCE, state and nonce, for a random port of 127.0.0.1', async () => {
    let asked: URLSearchParams | undefined;
    const terminal = new Terminal(async (url) => {
      asked = new URL(url).searchParams;
      await signInAs('petra', url, SIGNAL);
    });
    await loginWithBrowser(loginOptions(), terminal, SIGNAL);
    assert.equal(asked?.get('code_challenge_method'), 'S256');
    assert.match(asked?.get('code_challenge') ?? '', /^[\w-]{43}$/);
    assert((asked?.get('state') ?? '').length >= 32);
    assert((asked?.get('nonce') ?? '').length >= 32);
    assert.match(asked?.get('redirect_uri') ?? '', /^http:\/\/127\.0\.0\.1:\d+\/callback$/);
  });

  it('keeps the access token where the gateway expects that one', async () => {
    const signIn = await signInByBrowser({ tokenKind: 'access-token' });
    assert.equal(readClaims(signIn.token)['aud'], 'sallyport');
    assert(signIn.expiresAtMs > Date.now());
  });

  it('ignores requests that are not the redirect it waits for', async () => {
    const statuses: number[] = [];
    const terminal = new Terminal(async (url) => {
      const redirectUri = new URL(url).searchParams.get('redirect_uri') ?? '';
      const state = new URL(url).searchParams.get('state') ?? '';
      const strangers: readonly [string, RequestInit?][] = [
        [`${redirectUri}?code=evil&state=guess`],
        [`${redirectUri}?code=evil`],
        [redirectUri.replace('callback', `favicon.ico?state=${state}`)],
        [redirectUri.replace('127.0.0.1', 'localhost') + `?code=evil&state=${state}`],
        [`${redirectUri}?code=evil&state=${state}`, { method: 'POST' }],
      ];
      for (const [address, init] of strangers) statuses.push((await fetch(address, init)).status);
      return signInAs('noor', url, SIGNAL);
    });
    const signIn = await loginWithBrowser(loginOptions(), terminal, SIGNAL);
    assert.deepEqual(statuses, [404, 404, 404, 404, 404]);
    assert.equal(readClaims(signIn.token)['sub'], 'noor');
  });

  it('refuses an answer of another issuer, or without one (RFC 9207)', async () => {
    for (const iss of ['https://evil.example', undefined]) {
      const terminal = new Terminal(async (url) => {
        const asked = new URL(url).searchParams;
        const answer = new URL(asked.get('redirect_uri') ?? '');
        answer.searchParams.set('state', asked.get('state') ?? '');
        answer.searchParams.set('code', 'stolen');
        if (iss !== undefined) answer.searchParams.set('iss', iss);
        return (await fetch(answer)).text();
      });
      const login = loginWithBrowser(loginOptions(), terminal, SIGNAL);
      await assert.rejects(login, { code: 'ERR_LOGIN_PROVIDER' });
      assert.match(String(await terminal.acted), /Not signed in/);
      assert.equal(await findSignIn(tokenFile, GATEWAY), undefined);
    }
  });

  it('refuses a code that was issued for another sign-in', async () => {
    let redirect = '';
    const first = new Terminal(async (url) => {
      redirect = await captureRedirect(url);
      // The sign-in that the code belongs to never gets it.
    });
    const controller = new AbortController();
    const abandoned = loginWithBrowser(loginOptions(), first, controller.signal);
    await new Promise<void>((resolve) => {
      const look = (): void => void (redirect === '' ? setTimeout(look, 5) : resolve());
      look();
    });
    controller.abort(new Error('abandoned'));
    await assert.rejects(abandoned, /abandoned/);

    const second = new Terminal(async (url) => {
      const asked = new URL(url).searchParams;
      const injected = new URL(asked.get('redirect_uri') ?? '');
      injected.search = new URL(redirect).search;
      injected.searchParams.set('state', asked.get('state') ?? '');
      await fetch(injected);
    });
    const login = loginWithBrowser(loginOptions(), second, SIGNAL);
    await assert.rejects(login, { code: 'ERR_LOGIN_DECLINED' });
  });

  it('tells when the provider refuses', async () => {
    const terminal = new Terminal(async (url) => {
      const asked = new URL(url).searchParams;
      const answer = new URL(asked.get('redirect_uri') ?? '');
      answer.searchParams.set('state', asked.get('state') ?? '');
      answer.searchParams.set('iss', provider.issuer);
      answer.searchParams.set('error', 'access_denied');
      await fetch(answer);
    });
    await assert.rejects(loginWithBrowser(loginOptions(), terminal, SIGNAL), {
      code: 'ERR_LOGIN_DECLINED',
    });
  });
});

describe('freshToken', () => {
  it('hands out a kept token, and a new one when it is about to expire', async () => {
    const signIn = await signInByBrowser();
    assert.equal(await freshToken(session(), SIGNAL), signIn.token);
    offsetMs = 9 * 60_000 + 30_000;
    const refreshed = await freshToken(session(), SIGNAL);
    assert.notEqual(refreshed, signIn.token);
    assert.equal(readClaims(refreshed)['sub'], 'noor');
    const kept = await findSignIn(tokenFile, GATEWAY);
    assert.equal(kept?.token, refreshed);
    assert.notEqual(kept?.refreshToken, signIn.refreshToken);
  });

  it('refreshes once for commands that start together', async () => {
    const signIn = await signInByBrowser();
    const stale = { ...signIn, expiresAtMs: Date.now() };
    await changeSignIn(tokenFile, GATEWAY, async () => stale, SIGNAL);
    const tokens = await Promise.all(
      Array.from({ length: 5 }, () => freshToken(session(), SIGNAL)),
    );
    assert.equal(new Set(tokens).size, 1);
    assert.notEqual(tokens[0], signIn.token);
  });

  it('asks to sign in again when a refresh token was used twice', async () => {
    const signIn = await signInByBrowser();
    offsetMs = 20 * 60_000;
    await freshToken(session(), SIGNAL);
    await changeSignIn(tokenFile, GATEWAY, async () => signIn, SIGNAL);
    await assert.rejects(freshToken(session(), SIGNAL), {
      code: 'ERR_LOGIN_REQUIRED',
      message: 'Cannot sign in: your sign-in is over; run sallyport login',
    });
    assert.equal(await findSignIn(tokenFile, GATEWAY), undefined);
  });

  it('asks to sign in when nobody has, or there is nothing to refresh with', async () => {
    await assert.rejects(freshToken(session(), SIGNAL), { code: 'ERR_LOGIN_REQUIRED' });
    const { refreshToken: _, ...signIn } = await signInByBrowser();
    await changeSignIn(tokenFile, GATEWAY, async () => signIn, SIGNAL);
    offsetMs = 20 * 60_000;
    await assert.rejects(freshToken(session(), SIGNAL), { code: 'ERR_LOGIN_REQUIRED' });
  });

  it('keeps the sign-in while the provider is away', async () => {
    const signIn = { ...(await signInByBrowser()), issuer: 'http://127.0.0.1:1', expiresAtMs: 0 };
    await changeSignIn(tokenFile, GATEWAY, async () => signIn, SIGNAL);
    await assert.rejects(freshToken(session(), SIGNAL), { code: 'ERR_LOGIN_PROVIDER' });
    assert.deepEqual(await findSignIn(tokenFile, GATEWAY), signIn);
  });
});

describe('logout', () => {
  it('forgets the tokens, and withdraws them at the provider', async () => {
    const signIn = await signInByBrowser();
    assert.equal(await logout(session(), SIGNAL), 'withdrawn');
    assert.equal(await findSignIn(tokenFile, GATEWAY), undefined);
    assert.equal(await logout(session(), SIGNAL), 'not-signed-in');

    await changeSignIn(tokenFile, GATEWAY, async () => ({ ...signIn, expiresAtMs: 0 }), SIGNAL);
    await assert.rejects(freshToken(session(), SIGNAL), { code: 'ERR_LOGIN_REQUIRED' });
  });

  it('forgets the tokens when the provider is away, and says so', async () => {
    const signIn = { ...(await signInByBrowser()), issuer: 'http://127.0.0.1:1' };
    await changeSignIn(tokenFile, GATEWAY, async () => signIn, SIGNAL);
    assert.equal(await logout(session(), SIGNAL), 'forgotten');
    assert.equal(await findSignIn(tokenFile, GATEWAY), undefined);
  });
});

/** Signs in, but keeps the last redirect instead of following it. */
async function captureRedirect(url: string): Promise<string> {
  const redirectUri = new URL(url).searchParams.get('redirect_uri') ?? '';
  const catcher = createServer((_, response) => void response.end('caught'));
  let caught = '';
  catcher.on('request', ({ url: target }) => {
    caught = target ?? '';
  });
  await new Promise<void>((resolve) => void catcher.listen(0, '127.0.0.1', resolve));
  const own = `http://127.0.0.1:${(catcher.address() as AddressInfo).port}/callback`;
  const asked = new URL(url);
  asked.searchParams.set('redirect_uri', own);
  await signInAs('noor', asked.href, SIGNAL);
  catcher.closeAllConnections();
  catcher.close();
  return new URL(caught, redirectUri).href;
}

/** A provider that answers device requests with whatever a test wants. */
class HostileProvider implements AsyncDisposable {
  answer: Readonly<Record<string, unknown>>;
  issuer = '';
  readonly #server = createServer((request, response) => {
    const discovery = {
      issuer: this.issuer,
      jwks_uri: `${this.issuer}/jwks`,
      token_endpoint: `${this.issuer}/token`,
      device_authorization_endpoint: `${this.issuer}/device`,
    };
    const body = request.url === '/device' ? this.answer : discovery;
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  });

  private constructor(answer: Readonly<Record<string, unknown>>) {
    this.answer = answer;
  }

  static async start(answer: Readonly<Record<string, unknown>>): Promise<HostileProvider> {
    const hostile = new HostileProvider(answer);
    const server = hostile.#server;
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    hostile.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return hostile;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => void this.#server.close(() => resolve()));
  }
}
