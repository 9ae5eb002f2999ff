import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  AuthenticationFixture,
  admit,
  assertRejected,
} from '../../test/oidc/authentication-fixture.ts';
import { createFakeKey } from '../../test/oidc/fake-issuer.ts';
import { TokenAuthenticator } from './authenticate.ts';
import { createSallyportToken, hashToken } from './sallyport-token.ts';
import type { TokenRecord, TokenStore } from './token-store.ts';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;

const fixture = new AuthenticationFixture();

/** Before and after the tests of one `describe`. */
function prepareTests(): void {
  before(() => fixture.start());
  after(() => fixture.stop());
  beforeEach(() => fixture.reset());
}

describe('TokenAuthenticator, given a token of a configured provider', () => {
  prepareTests();

  it('says who it is, by provider and subject', async () => {
    const exp = fixture.nowSeconds() + 300;
    const iat = fixture.nowSeconds() - 5;
    const token = fixture.issuer.issue({
      claims: { exp, iat, preferred_username: 'Ana', groups: ['analysts', 'staff'] },
    });
    assert.deepEqual(await admit(fixture.authenticator(), token), {
      id: 'hospital:ana',
      issuer: 'hospital',
      subject: 'ana',
      kind: 'person',
      displayName: 'Ana',
      groups: ['analysts', 'staff'],
      vouchedAtMs: iat * 1000,
      signIn: 'oidc-token',
      expiresAtMs: (exp + 60) * 1000,
    });
  });

  it('verifies RSA and Ed25519 signatures as well', async () => {
    for (const algorithm of ['RS256', 'EdDSA'] as const) {
      const key = createFakeKey(algorithm, algorithm);
      fixture.issuer.publish(fixture.issuer.key, key);
      await admit(fixture.authenticator(), fixture.issuer.issue({ key }));
    }
  });

  it('accepts access tokens of listed audiences, alone or among others', async () => {
    const claims = { aud: ['account', 'sallyport-cli'] };
    await admit(
      fixture.authenticator(),
      fixture.issuer.issue({ claims, header: { typ: 'at+jwt' } }),
    );
    await admit(fixture.authenticator(), fixture.issuer.issue({ claims: { aud: ['sallyport'] } }));
  });

  it('tolerates a minute between the clocks, and no more', async () => {
    const one = fixture.authenticator();
    const at = (seconds: number): number => fixture.nowSeconds() + seconds;
    await admit(one, fixture.issuer.issue({ claims: { iat: at(-90), exp: at(-50) } }));
    await assertRejected(
      one,
      fixture.issuer.issue({ claims: { iat: at(-90), exp: at(-61) } }),
      'expired',
    );
    await admit(one, fixture.issuer.issue({ claims: { iat: at(50), nbf: at(50) } }));
    await assertRejected(one, fixture.issuer.issue({ claims: { nbf: at(70) } }), 'not-yet-valid');
    await assertRejected(one, fixture.issuer.issue({ claims: { iat: at(70) } }), 'not-yet-valid');
  });

  it('tries the providers of one issuer in order, each by its own rules', async () => {
    const one = new TokenAuthenticator(
      [
        fixture.provider(),
        fixture.provider({
          name: 'ci',
          kind: 'workload',
          audiences: ['sallyport-ci'],
          groups: ['ci'],
          requireClaims: { repository: ['hospital/*'] },
        }),
      ],
      { nowMs: fixture.nowMs },
    );
    const build = (repository: string): string =>
      fixture.issuer.issue({
        claims: { sub: 'build', aud: 'sallyport-ci', repository, groups: ['root'] },
      });
    const principal = await admit(one, build('hospital/claims'));
    assert.equal(principal.id, 'ci:build');
    // A workload's token does not choose its groups unless the configuration says so.
    assert.deepEqual(principal.groups, ['ci']);
    await assertRejected(one, build('evil/hospital/claims'), 'wrong-audience');
    assert.equal((await admit(one, fixture.issuer.issue())).id, 'hospital:ana');
  });

  it('keeps subjects with colons apart from other providers', async () => {
    const principal = await admit(
      fixture.authenticator(),
      fixture.issuer.issue({ claims: { sub: 'a:b' } }),
    );
    assert.equal(principal.id, 'hospital:a:b');
    assert.throws(() => fixture.authenticator({ name: 'hospital:a' }), {
      code: 'ERR_IDENTITY_PROVIDER',
    });
  });
});

describe('TokenAuthenticator, about principals that are no longer welcome', () => {
  prepareTests();

  it('turns a disabled principal away on cached answers too', async () => {
    const disabled = new Set<string>();
    const one = new TokenAuthenticator([fixture.provider()], {
      nowMs: fixture.nowMs,
      isDisabled: (id) => disabled.has(id),
    });
    const token = fixture.issuer.issue();
    await admit(one, token);
    disabled.add('hospital:ana');
    await assertRejected(one, token, 'disabled');
    await assertRejected(one, fixture.issuer.issue({ claims: { jti: 'fresh' } }), 'disabled');
  });

  it('forgets cached answers of a provider that was taken out', async () => {
    const one = fixture.authenticator();
    const token = fixture.issuer.issue();
    await admit(one, token);
    one.reconfigure([fixture.provider({ issuer: 'https://elsewhere.example' })]);
    await assertRejected(one, token, 'unknown-issuer');
  });

  it('does not believe a cached answer past its expiry', async () => {
    const one = fixture.authenticator();
    const token = fixture.issuer.issue({
      claims: { iat: fixture.nowSeconds() - 60, exp: fixture.nowSeconds() - 40 },
    });
    await admit(one, token);
    fixture.offsetMs = 21 * SECOND_MS;
    await assertRejected(one, token, 'expired');
  });

  it('keeps the cache bounded', async () => {
    const record = storedToken(createSallyportToken());
    let finds = 0;
    const store = storeOf(async () => {
      finds++;
      return record;
    });
    const bounded = new TokenAuthenticator([fixture.provider()], {
      nowMs: fixture.nowMs,
      tokens: store,
    });
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
    kind: 'bearer',
    hash: hashToken(token),
    principal: {
      id: 'hospital:ana',
      issuer: 'hospital',
      subject: 'ana',
      kind: 'person',
      displayName: 'Ana',
      groups: ['analysts'],
    },
    issuedAtMs: fixture.nowMs(),
    expiresAtMs: fixture.nowMs() + HOUR_MS,
    ...changes,
  };
}

function storeOf(find: TokenStore['find']): TokenStore {
  return { find, insert: async () => {}, revoke: async () => false, list: async () => [] };
}

describe('TokenAuthenticator, given a Sallyport token', () => {
  prepareTests();

  it('finds it by its hash alone', async () => {
    const token = createSallyportToken();
    const record = storedToken(token);
    const tokens = storeOf(async (hash) => {
      assert.deepEqual(hash, hashToken(token));
      return record;
    });
    const one = new TokenAuthenticator([fixture.provider()], { nowMs: fixture.nowMs, tokens });
    assert.deepEqual(await admit(one, token), {
      ...record.principal,
      signIn: 'sallyport-token',
      expiresAtMs: record.expiresAtMs,
    });
  });

  it('believes no answer from before the clock was set back', async () => {
    const token = createSallyportToken();
    const day = 24 * HOUR_MS;
    const expiresAtMs = fixture.nowMs() + 2 * day;
    let record = storedToken(token, { expiresAtMs });
    const one = new TokenAuthenticator([fixture.provider()], {
      nowMs: fixture.nowMs,
      tokens: storeOf(() => Promise.resolve(record)),
    });
    fixture.offsetMs = day;
    await admit(one, token);
    fixture.offsetMs = 0;
    record = storedToken(token, { expiresAtMs, revokedAtMs: fixture.nowMs() });
    await assertRejected(one, token, 'revoked');
  });

  it('notices a revocation within thirty seconds, and at once when told', async () => {
    const token = createSallyportToken();
    let record = storedToken(token);
    const one = new TokenAuthenticator([fixture.provider()], {
      nowMs: fixture.nowMs,
      tokens: storeOf(async () => record),
    });
    await admit(one, token);
    record = storedToken(token, { revokedAtMs: fixture.nowMs() });
    fixture.offsetMs = 29 * SECOND_MS;
    await admit(one, token);
    fixture.offsetMs = 31 * SECOND_MS;
    await assertRejected(one, token, 'revoked');

    record = storedToken(token);
    await admit(one, token);
    record = storedToken(token, { revokedAtMs: fixture.nowMs() });
    one.forgetCached();
    await assertRejected(one, token, 'revoked');
  });

  it('refuses one that is unknown, malformed, expired, or of a provider that is gone', async () => {
    const token = createSallyportToken();
    const answer = (record: TokenRecord | undefined): TokenAuthenticator =>
      new TokenAuthenticator([fixture.provider()], {
        nowMs: fixture.nowMs,
        tokens: storeOf(async () => record),
      });
    await assertRejected(answer(undefined), token, 'unknown-token');
    await assertRejected(answer(storedToken(token)), `${token}x`, 'malformed');
    await assertRejected(
      answer(storedToken(token, { expiresAtMs: fixture.nowMs() })),
      token,
      'expired',
    );
    const gone = { ...storedToken(token).principal, issuer: 'gone' };
    await assertRejected(answer(storedToken(token, { principal: gone })), token, 'unknown-issuer');
    await assertRejected(fixture.authenticator(), token, 'unknown-token');
  });

  it('refuses while the store cannot answer', async () => {
    const tokens = storeOf(async () => {
      throw new Error('down');
    });
    const one = new TokenAuthenticator([fixture.provider()], { nowMs: fixture.nowMs, tokens });
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
    const one = new TokenAuthenticator([fixture.provider()], { nowMs: fixture.nowMs, tokens });
    const pending = admit(one, token);
    record = storedToken(token, { revokedAtMs: fixture.nowMs() });
    one.forgetCached();
    found.resolve();
    await pending;
    await assertRejected(one, token, 'revoked');
  });
});
