import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  AuthenticationFixture,
  admit,
  assertRejected,
} from '../../test/oidc/authentication-fixture.ts';
import { createFakeKey, formatJwk } from '../../test/oidc/fake-issuer.ts';
import { TokenAuthenticator } from './authenticate.ts';
import { type FetchDocument, fetchDocument, ProviderUnreachableError } from './fetch-document.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

const fixture = new AuthenticationFixture();

describe('KeySet', () => {
  before(() => fixture.start());
  after(() => fixture.stop());
  beforeEach(() => fixture.reset());

  it('finds a new key by one fetch, and forgets a withdrawn one', async () => {
    const one = fixture.authenticator();
    const old = fixture.issuer.issue({ claims: { jti: 'old' } });
    await admit(one, old);
    const next = createFakeKey('second');
    fixture.issuer.publish(next);
    fixture.offsetMs = 31 * SECOND_MS;
    await admit(one, fixture.issuer.issue({ key: next }));
    assert.equal(fixture.issuer.fetchesOf('/jwks'), 2);
    // The verified answer is believed for a minute, then the key is gone.
    await admit(one, old);
    fixture.offsetMs = 61 * SECOND_MS;
    await assertRejected(one, old, 'bad-signature');
  });

  it('withdraws keys after ten minutes without being asked for an unknown one', async () => {
    const one = fixture.authenticator();
    const long = fixture.issuer.issue({ claims: { exp: fixture.nowSeconds() + 3600 } });
    await admit(one, long);
    fixture.issuer.publish(createFakeKey('second'));
    fixture.offsetMs = 11 * MINUTE_MS;
    await assertRejected(one, long, 'bad-signature');
  });

  it('fetches again once the clock was set back', async () => {
    const one = fixture.authenticator();
    fixture.offsetMs = 24 * HOUR_MS;
    await admit(one, fixture.issuer.issue({ claims: { exp: fixture.nowSeconds() + 300 } }));
    fixture.offsetMs = 0;
    const next = createFakeKey('second');
    fixture.issuer.publish(next);
    await admit(one, fixture.issuer.issue({ key: next }));
    await assertRejected(one, fixture.issuer.issue(), 'bad-signature');
  });

  it('fetches once for a flood of unknown key ids', async () => {
    const one = fixture.authenticator();
    await admit(one, fixture.issuer.issue());
    fixture.offsetMs = 31 * SECOND_MS;
    const flood = Array.from({ length: 50 }, (_, index) =>
      assertRejected(one, fixture.issuer.issue({ header: { kid: `k${index}` } }), 'bad-signature'),
    );
    await Promise.all(flood);
    assert.equal(fixture.issuer.fetchesOf('/jwks'), 2);
  });

  it('fetches once for many first sign-ins at a time', async () => {
    const one = fixture.authenticator();
    const tokens = Array.from({ length: 20 }, (_, index) =>
      fixture.issuer.issue({ claims: { sub: `person-${index}` } }),
    );
    await Promise.all(tokens.map((token) => admit(one, token)));
    assert.equal(fixture.issuer.fetchesOf('/jwks'), 1);
  });

  it('survives an unreachable provider for twelve hours on the keys it knows', async () => {
    const one = fixture.authenticator();
    await admit(one, fixture.issuer.issue());
    fixture.issuer.reachable = false;
    const later = (name: string): string =>
      fixture.issuer.issue({ claims: { jti: name, exp: fixture.nowSeconds() + 86_400 } });
    fixture.offsetMs = 11 * HOUR_MS;
    await admit(one, later('a'));
    fixture.offsetMs = 13 * HOUR_MS;
    await assertRejected(one, later('b'), 'provider-unreachable');
    fixture.issuer.reachable = true;
    fixture.offsetMs += 6 * SECOND_MS;
    await admit(one, later('c'));
  });

  it('makes nobody wait for a provider that is away', { timeout: 10_000 }, async () => {
    let fetch: FetchDocument = fetchDocument;
    const one = new TokenAuthenticator([fixture.provider()], {
      nowMs: fixture.nowMs,
      fetchDocument: (url, caFile) => fetch(url, caFile),
    });
    const later = (jti: string): string =>
      fixture.issuer.issue({ claims: { jti, exp: fixture.nowSeconds() + 3600 } });
    await admit(one, later('a'));
    fetch = (url) => Promise.reject(new ProviderUnreachableError(url, 'away'));
    fixture.offsetMs = 11 * MINUTE_MS;
    await admit(one, later('b'));
    fetch = () => Promise.withResolvers<never>().promise;
    fixture.offsetMs += 6 * SECOND_MS;
    await admit(one, later('c'));
  });

  it('does not hammer a provider that is down', async () => {
    const one = fixture.authenticator();
    fixture.issuer.reachable = false;
    for (let attempt = 0; attempt < 10; attempt++) {
      await assertRejected(one, fixture.issuer.issue(), 'provider-unreachable');
    }
    assert.equal(fixture.issuer.requests.length, 1);
  });

  it('ends the wait of a caller who gives up, and goes on for the others', async () => {
    const one = fixture.authenticator();
    const pause = Promise.withResolvers<void>();
    fixture.issuer.pause = pause.promise;
    const controller = new AbortController();
    const impatient = one.authenticate(fixture.issuer.issue(), controller.signal);
    const patient = admit(one, fixture.issuer.issue({ claims: { sub: 'noor' } }));
    controller.abort(new Error('client went away'));
    await assert.rejects(impatient, /client went away/);
    pause.resolve();
    await patient;
    assert.equal(fixture.issuer.fetchesOf('/jwks'), 1);
  });

  it('refuses key sets that are too large or malformed', async () => {
    for (const document of ['{', '[]', '"x"', { keys: 'x' }, { keys: Array(200).fill({}) }]) {
      fixture.issuer.documents.set('/jwks', document);
      await assertRejected(fixture.authenticator(), fixture.issuer.issue(), 'provider-unreachable');
    }
    fixture.issuer.documents.set('/jwks', {
      keys: [formatJwk(fixture.issuer.key)],
      padding: 'x'.repeat(300_000),
    });
    await assertRejected(fixture.authenticator(), fixture.issuer.issue(), 'provider-unreachable');
  });

  it('refuses who names a key that nothing can be verified with', async () => {
    const forged = fixture.issuer.issue({ key: createFakeKey('first', 'RS256') });
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    for (const key of [
      { ...publicKey.export({ format: 'jwk' }), kid: 'first', alg: 'RS256', use: 'sig' },
      { kty: 'RSA', kid: 'first', alg: 'RS256', use: 'sig' },
      { kty: 'RSA', n: '!', e: '!', kid: 'first' },
    ]) {
      fixture.issuer.documents.set('/jwks', { keys: [key] });
      await assertRejected(fixture.authenticator(), forged, 'bad-signature');
    }
  });

  it('ends the wait when the caller gives up', async () => {
    const aborted = AbortSignal.abort(new Error('client went away'));
    await assert.rejects(
      fixture.authenticator().authenticate(fixture.issuer.issue(), aborted),
      /went away/,
    );
  });
});
