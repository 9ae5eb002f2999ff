import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { TokenAuthenticator } from './authenticate.ts';
import type { RejectionReason } from './authenticator.ts';
import {
  createFakeKey,
  FakeIssuer,
  forgeUnsigned,
  forgeWithHmac,
  formatJwk,
} from './fake-issuer.ts';
import type { IdentityProvider } from './identity-provider.ts';
import type { Principal } from './principal.ts';
import { createSallyportToken, hashToken } from './sallyport-token.ts';
import type { TokenRecord, TokenStore } from './token-store.ts';

const SIGNAL = new AbortController().signal;
const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let issuer: FakeIssuer;
let offsetMs = 0;
const nowMs = (): number => Date.now() + offsetMs;
const nowSeconds = (): number => Math.floor(nowMs() / 1000);

before(async () => {
  issuer = await FakeIssuer.start();
});
after(() => issuer[Symbol.asyncDispose]());
beforeEach(() => {
  offsetMs = 0;
  issuer.reachable = true;
  issuer.publish(issuer.key);
  issuer.requests.length = 0;
});

function provider(changes: Partial<IdentityProvider> = {}): IdentityProvider {
  return {
    name: 'hospital',
    kind: 'person',
    issuer: issuer.issuer,
    audiences: ['sallyport', 'sallyport-cli'],
    ...changes,
  };
}

function authenticator(changes: Partial<IdentityProvider> = {}): TokenAuthenticator {
  return new TokenAuthenticator([provider(changes)], { nowMs });
}

async function admit(one: TokenAuthenticator, token: string): Promise<Principal> {
  const result = await one.authenticate(token, SIGNAL);
  assert.equal(result.kind, 'authenticated', JSON.stringify(result));
  assert(result.kind === 'authenticated');
  return result.principal;
}

async function assertRejected(
  one: TokenAuthenticator,
  token: string,
  reason: RejectionReason,
): Promise<void> {
  assert.deepEqual(await one.authenticate(token, SIGNAL), { kind: 'rejected', reason });
}

describe('TokenAuthenticator, given a token of a configured provider', () => {
  it('says who it is, by provider and subject', async () => {
    const exp = nowSeconds() + 300;
    const token = issuer.issue({
      claims: { exp, preferred_username: 'Ana', groups: ['analysts', 'staff'] },
    });
    assert.deepEqual(await admit(authenticator(), token), {
      id: 'hospital:ana',
      issuer: 'hospital',
      subject: 'ana',
      kind: 'person',
      displayName: 'Ana',
      groups: ['analysts', 'staff'],
      signIn: 'oidc-token',
      expiresAtMs: (exp + 60) * 1000,
    });
  });

  it('verifies RSA and Ed25519 signatures as well', async () => {
    for (const algorithm of ['RS256', 'EdDSA'] as const) {
      const key = createFakeKey(algorithm, algorithm);
      issuer.publish(issuer.key, key);
      await admit(authenticator(), issuer.issue({ key }));
    }
  });

  it('accepts access tokens of listed audiences, alone or among others', async () => {
    const claims = { aud: ['account', 'sallyport-cli'] };
    await admit(authenticator(), issuer.issue({ claims, header: { typ: 'at+jwt' } }));
    await admit(authenticator(), issuer.issue({ claims: { aud: ['sallyport'] } }));
  });

  it('tolerates a minute between the clocks, and no more', async () => {
    const one = authenticator();
    const at = (seconds: number): number => nowSeconds() + seconds;
    await admit(one, issuer.issue({ claims: { iat: at(-90), exp: at(-50) } }));
    await assertRejected(one, issuer.issue({ claims: { iat: at(-90), exp: at(-61) } }), 'expired');
    await admit(one, issuer.issue({ claims: { iat: at(50), nbf: at(50) } }));
    await assertRejected(one, issuer.issue({ claims: { nbf: at(70) } }), 'not-yet-valid');
    await assertRejected(one, issuer.issue({ claims: { iat: at(70) } }), 'not-yet-valid');
  });

  it('tries the providers of one issuer in order, each by its own rules', async () => {
    const one = new TokenAuthenticator(
      [
        provider(),
        provider({
          name: 'ci',
          kind: 'workload',
          audiences: ['sallyport-ci'],
          groups: ['ci'],
          requireClaims: { repository: ['hospital/*'] },
        }),
      ],
      { nowMs },
    );
    const build = (repository: string): string =>
      issuer.issue({ claims: { sub: 'build', aud: 'sallyport-ci', repository, groups: ['root'] } });
    const principal = await admit(one, build('hospital/claims'));
    assert.equal(principal.id, 'ci:build');
    // A workload's token does not choose its groups unless the configuration says so.
    assert.deepEqual(principal.groups, ['ci']);
    await assertRejected(one, build('evil/hospital/claims'), 'wrong-audience');
    assert.equal((await admit(one, issuer.issue())).id, 'hospital:ana');
  });

  it('keeps subjects with colons apart from other providers', async () => {
    const principal = await admit(authenticator(), issuer.issue({ claims: { sub: 'a:b' } }));
    assert.equal(principal.id, 'hospital:a:b');
    assert.throws(() => authenticator({ name: 'hospital:a' }), { code: 'ERR_IDENTITY_PROVIDER' });
  });
});

describe('TokenAuthenticator, given a forged token', () => {
  const claims = (): Record<string, unknown> => ({
    iss: issuer.issuer,
    sub: 'ana',
    aud: 'sallyport',
    exp: nowSeconds() + 300,
  });

  it('refuses tokens without a signature, however "none" is spelled', async () => {
    for (const algorithm of ['none', 'None', 'NONE', 'nOnE', '']) {
      await assertRejected(authenticator(), forgeUnsigned(claims(), algorithm), 'bad-signature');
    }
    assert.deepEqual(issuer.requests, []);
  });

  it('refuses HMAC with the public key as the secret', async () => {
    const key = createFakeKey('first', 'RS256');
    issuer.publish(key);
    for (const secret of [
      key.publicKey.export({ type: 'spki', format: 'pem' }),
      key.publicKey.export({ type: 'spki', format: 'der' }),
      JSON.stringify(formatJwk(key)),
    ]) {
      await assertRejected(
        authenticator(),
        forgeWithHmac(claims(), Buffer.from(secret)),
        'bad-signature',
      );
    }
  });

  it('never uses a symmetric key, even one that the provider publishes', async () => {
    const secret = Buffer.alloc(32, 7);
    issuer.documents.set('/jwks', {
      keys: [{ kty: 'oct', kid: 'first', alg: 'HS256', k: secret.toString('base64url') }],
    });
    await assertRejected(authenticator(), forgeWithHmac(claims(), secret), 'bad-signature');
    const asRsa = issuer.issue({ header: { alg: 'RS256' } });
    await assertRejected(authenticator(), asRsa, 'bad-signature');
    assert.throws(() => authenticator({ algorithms: ['HS256' as never] }), /not a public-key/);
  });

  it('refuses another key under a known key id, and a changed payload', async () => {
    await assertRejected(
      authenticator(),
      issuer.issue({ key: createFakeKey('first') }),
      'bad-signature',
    );
    const [header, , signature] = issuer.issue().split('.');
    const payload = Buffer.from(JSON.stringify({ ...claims(), sub: 'petra' })).toString(
      'base64url',
    );
    await assertRejected(authenticator(), `${header}.${payload}.${signature}`, 'bad-signature');
  });

  it('refuses headers that bring or point at keys, without fetching anything', async () => {
    const key = createFakeKey('evil');
    for (const header of [
      { jwk: formatJwk(key) },
      { jku: `${issuer.issuer}/evil` },
      { x5u: `${issuer.issuer}/evil` },
      { x5c: ['AAAA'] },
      { crit: ['exp'] },
      { crit: ['b64'], b64: false },
      { crit: [] },
      { kid: 7 },
      { kid: ['first'] },
    ]) {
      await assertRejected(authenticator(), issuer.issue({ header, key }), 'malformed');
    }
    assert.deepEqual(issuer.requests, []);
  });

  it('takes a key id for a name only, never for a path or a query', async () => {
    const one = authenticator();
    await admit(one, issuer.issue());
    for (const kid of [
      '../../dev/null',
      '/etc/passwd',
      "x' union select 'k",
      '__proto__',
      '\0',
      '',
    ]) {
      await assertRejected(one, issuer.issue({ header: { kid } }), 'bad-signature');
    }
  });

  it('refuses what is not a token, at any size, and never throws', async () => {
    const one = authenticator();
    for (const text of ['', '.', '..', '...', 'a.b.c', 'ey', '\0', 'é.é.é', 'ey.ey.ey.ey.ey']) {
      await assertRejected(one, text, 'malformed');
    }
    const token = issuer.issue();
    for (let length = 0; length < token.length; length++) {
      const result = await one.authenticate(token.slice(0, length), SIGNAL);
      assert.equal(result.kind, 'rejected', `cut at ${length}`);
    }
    const large = issuer.issue({ claims: { padding: 'x'.repeat(16 * 1024) } });
    await assertRejected(one, large, 'malformed');
  });
});

describe('TokenAuthenticator, given a token meant for something else', () => {
  it('refuses audiences that are not listed, and tokens without one', async () => {
    for (const aud of ['other', ['other', 'third'], [], '', undefined, 'SALLYPORT', 'sallyport ']) {
      const token = issuer.issue({ claims: { aud } });
      const result = await authenticator().authenticate(token, SIGNAL);
      assert.equal(result.kind, 'rejected', `aud ${JSON.stringify(aud)}`);
    }
    await assertRejected(authenticator(), issuer.issue({ claims: { aud: 'x' } }), 'wrong-audience');
  });

  it('refuses issuers that are not configured, down to a slash', async () => {
    for (const iss of ['https://evil.example', `${issuer.issuer}/`, undefined]) {
      const result = await authenticator().authenticate(issuer.issue({ claims: { iss } }), SIGNAL);
      assert.equal(result.kind, 'rejected');
    }
  });

  it('does not let one issuer speak for another', async () => {
    await using other = await FakeIssuer.start();
    const one = new TokenAuthenticator(
      [provider(), provider({ name: 'other', issuer: other.issuer })],
      { nowMs },
    );
    assert.equal((await admit(one, other.issue())).id, 'other:ana');
    const mixed = other.issue({ claims: { iss: issuer.issuer } });
    await assertRejected(one, mixed, 'bad-signature');
  });

  it('refuses a discovery document of another issuer', async () => {
    await using other = await FakeIssuer.start();
    other.documents.set('/.well-known/openid-configuration', {
      issuer: issuer.issuer,
      jwks_uri: `${other.issuer}/jwks`,
    });
    const one = authenticator({ issuer: other.issuer });
    await assertRejected(one, other.issue(), 'provider-unreachable');
  });

  it('holds a token to our client, where one is configured', async () => {
    const one = authenticator({ clientId: 'sallyport-cli' });
    await admit(one, issuer.issue({ claims: { azp: 'sallyport-cli' } }));
    await assertRejected(one, issuer.issue({ claims: { azp: 'evil' } }), 'wrong-audience');
    await assertRejected(one, issuer.issue({ claims: { client_id: 'ci' } }), 'wrong-audience');
    await assertRejected(one, issuer.issue({ claims: { azp: ['x'] } }), 'wrong-audience');
    const aud = ['sallyport', 'evil'];
    await assertRejected(one, issuer.issue({ claims: { aud } }), 'wrong-audience');
    await admit(one, issuer.issue({ claims: { aud, azp: 'sallyport-cli' } }));
    await admit(one, issuer.issue({ claims: { aud }, header: { typ: 'at+jwt' } }));
  });

  it('refuses other kinds of JWT', async () => {
    for (const typ of ['logout+jwt', 'dpop+jwt', 'secevent+jwt', 'JWE', 7]) {
      const token = issuer.issue({ header: { typ } });
      await assertRejected(authenticator(), token, 'claims-not-accepted');
    }
    for (const claims of [{ cnf: { jkt: 'x' } }, { events: {} }]) {
      await assertRejected(authenticator(), issuer.issue({ claims }), 'claims-not-accepted');
    }
  });

  it('refuses tokens without a sane expiry or issue time', async () => {
    const one = authenticator();
    for (const claims of [
      { exp: undefined },
      { exp: null },
      { exp: '9999999999' },
      { exp: 1e300 },
      { iat: 'now' },
      { iat: 1e300 },
      { nbf: 'now' },
    ]) {
      const result = await one.authenticate(issuer.issue({ claims }), SIGNAL);
      assert.equal(result.kind, 'rejected', JSON.stringify(claims));
    }
  });
});

describe('TokenAuthenticator, when keys change', () => {
  it('finds a new key by one fetch, and forgets a withdrawn one', async () => {
    const one = authenticator();
    const old = issuer.issue({ claims: { jti: 'old' } });
    await admit(one, old);
    const next = createFakeKey('second');
    issuer.publish(next);
    offsetMs = 31 * SECOND_MS;
    await admit(one, issuer.issue({ key: next }));
    assert.equal(issuer.fetchesOf('/jwks'), 2);
    // The verified answer is believed for a minute, then the key is gone.
    await admit(one, old);
    offsetMs = 61 * SECOND_MS;
    await assertRejected(one, old, 'bad-signature');
  });

  it('withdraws keys after ten minutes without being asked for an unknown one', async () => {
    const one = authenticator();
    const long = issuer.issue({ claims: { exp: nowSeconds() + 3600 } });
    await admit(one, long);
    issuer.publish(createFakeKey('second'));
    offsetMs = 11 * MINUTE_MS;
    await assertRejected(one, long, 'bad-signature');
  });

  it('fetches once for a flood of unknown key ids', async () => {
    const one = authenticator();
    await admit(one, issuer.issue());
    offsetMs = 31 * SECOND_MS;
    const flood = Array.from({ length: 50 }, (_, index) =>
      assertRejected(one, issuer.issue({ header: { kid: `k${index}` } }), 'bad-signature'),
    );
    await Promise.all(flood);
    assert.equal(issuer.fetchesOf('/jwks'), 2);
  });

  it('fetches once for many first sign-ins at a time', async () => {
    const one = authenticator();
    const tokens = Array.from({ length: 20 }, (_, index) =>
      issuer.issue({ claims: { sub: `person-${index}` } }),
    );
    await Promise.all(tokens.map((token) => admit(one, token)));
    assert.equal(issuer.fetchesOf('/jwks'), 1);
  });

  it('survives an unreachable provider for twelve hours on the keys it knows', async () => {
    const one = authenticator();
    await admit(one, issuer.issue());
    issuer.reachable = false;
    const later = (name: string): string =>
      issuer.issue({ claims: { jti: name, exp: nowSeconds() + 86_400 } });
    offsetMs = 11 * HOUR_MS;
    await admit(one, later('a'));
    offsetMs = 13 * HOUR_MS;
    await assertRejected(one, later('b'), 'provider-unreachable');
    issuer.reachable = true;
    offsetMs += 6 * SECOND_MS;
    await admit(one, later('c'));
  });

  it('does not hammer a provider that is down', async () => {
    const one = authenticator();
    issuer.reachable = false;
    for (let attempt = 0; attempt < 10; attempt++) {
      await assertRejected(one, issuer.issue(), 'provider-unreachable');
    }
    assert.equal(issuer.requests.length, 1);
  });

  it('refuses key sets that are too large or malformed', async () => {
    for (const document of ['{', '[]', '"x"', { keys: 'x' }, { keys: Array(200).fill({}) }]) {
      issuer.documents.set('/jwks', document);
      await assertRejected(authenticator(), issuer.issue(), 'provider-unreachable');
    }
    issuer.documents.set('/jwks', { keys: [formatJwk(issuer.key)], padding: 'x'.repeat(300_000) });
    await assertRejected(authenticator(), issuer.issue(), 'provider-unreachable');
  });

  it('ends the wait when the caller gives up', async () => {
    const aborted = AbortSignal.abort(new Error('client went away'));
    await assert.rejects(authenticator().authenticate(issuer.issue(), aborted), /went away/);
  });
});

describe('TokenAuthenticator, about principals that are no longer welcome', () => {
  it('turns a disabled principal away on cached answers too', async () => {
    const disabled = new Set<string>();
    const one = new TokenAuthenticator([provider()], {
      nowMs,
      isDisabled: (id) => disabled.has(id),
    });
    const token = issuer.issue();
    await admit(one, token);
    disabled.add('hospital:ana');
    await assertRejected(one, token, 'disabled');
    await assertRejected(one, issuer.issue({ claims: { jti: 'fresh' } }), 'disabled');
  });

  it('forgets cached answers of a provider that was taken out', async () => {
    const one = authenticator();
    const token = issuer.issue();
    await admit(one, token);
    one.reconfigure([provider({ issuer: 'https://elsewhere.example' })]);
    await assertRejected(one, token, 'unknown-issuer');
  });

  it('does not believe a cached answer past its expiry', async () => {
    const one = authenticator();
    const token = issuer.issue({ claims: { iat: nowSeconds() - 60, exp: nowSeconds() - 40 } });
    await admit(one, token);
    offsetMs = 21 * SECOND_MS;
    await assertRejected(one, token, 'expired');
  });

  it('keeps the cache bounded', async () => {
    const record = storedToken(createSallyportToken());
    let finds = 0;
    const store = storeOf(async () => {
      finds++;
      return record;
    });
    const bounded = new TokenAuthenticator([provider()], { nowMs, tokens: store });
    const first = createSallyportToken();
    await admit(bounded, first);
    await admit(bounded, first);
    assert.equal(finds, 1);
    for (let count = 0; count < 10_000; count++) await admit(bounded, createSallyportToken());
    await admit(bounded, first);
    assert.equal(finds, 10_002);
  });
});

function storedToken(token: string, changes: Partial<TokenRecord> = {}): TokenRecord {
  return {
    id: 'tok_1',
    hash: hashToken(token),
    principal: {
      id: 'hospital:ana',
      issuer: 'hospital',
      subject: 'ana',
      kind: 'person',
      displayName: 'Ana',
      groups: ['analysts'],
    },
    issuedAtMs: nowMs(),
    expiresAtMs: nowMs() + HOUR_MS,
    ...changes,
  };
}

function storeOf(find: TokenStore['find']): TokenStore {
  return { find, insert: async () => {}, revoke: async () => false, list: async () => [] };
}

describe('TokenAuthenticator, given a Sallyport token', () => {
  it('finds it by its hash alone', async () => {
    const token = createSallyportToken();
    const record = storedToken(token);
    const tokens = storeOf(async (hash) => {
      assert.deepEqual(hash, hashToken(token));
      return record;
    });
    const one = new TokenAuthenticator([provider()], { nowMs, tokens });
    assert.deepEqual(await admit(one, token), {
      ...record.principal,
      signIn: 'sallyport-token',
      expiresAtMs: record.expiresAtMs,
    });
  });

  it('notices a revocation within thirty seconds, and at once when told', async () => {
    const token = createSallyportToken();
    let record = storedToken(token);
    const one = new TokenAuthenticator([provider()], {
      nowMs,
      tokens: storeOf(async () => record),
    });
    await admit(one, token);
    record = storedToken(token, { revokedAtMs: nowMs() });
    offsetMs = 29 * SECOND_MS;
    await admit(one, token);
    offsetMs = 31 * SECOND_MS;
    await assertRejected(one, token, 'revoked');

    record = storedToken(token);
    await admit(one, token);
    record = storedToken(token, { revokedAtMs: nowMs() });
    one.forgetCached();
    await assertRejected(one, token, 'revoked');
  });

  it('refuses one that is unknown, malformed, expired, or of a provider that is gone', async () => {
    const token = createSallyportToken();
    const answer = (record: TokenRecord | undefined): TokenAuthenticator =>
      new TokenAuthenticator([provider()], { nowMs, tokens: storeOf(async () => record) });
    await assertRejected(answer(undefined), token, 'unknown-token');
    await assertRejected(answer(storedToken(token)), `${token}x`, 'malformed');
    await assertRejected(answer(storedToken(token, { expiresAtMs: nowMs() })), token, 'expired');
    const gone = { ...storedToken(token).principal, issuer: 'gone' };
    await assertRejected(answer(storedToken(token, { principal: gone })), token, 'unknown-issuer');
    await assertRejected(authenticator(), token, 'unknown-token');
  });

  it('refuses while the store cannot answer', async () => {
    const tokens = storeOf(async () => {
      throw new Error('down');
    });
    const one = new TokenAuthenticator([provider()], { nowMs, tokens });
    await assertRejected(one, createSallyportToken(), 'token-store-unreachable');
  });

  it('does not cache an answer that a revocation overtook', async () => {
    const token = createSallyportToken();
    let record = storedToken(token);
    const found = Promise.withResolvers<void>();
    const tokens = storeOf(async () => {
      const seen = record;
      await found.promise;
      return seen;
    });
    const one = new TokenAuthenticator([provider()], { nowMs, tokens });
    const pending = admit(one, token);
    record = storedToken(token, { revokedAtMs: nowMs() });
    one.forgetCached();
    found.resolve();
    await pending;
    await assertRejected(one, token, 'revoked');
  });
});
