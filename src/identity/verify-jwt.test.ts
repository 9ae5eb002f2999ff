import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  AuthenticationFixture,
  admit,
  assertRejected,
  SIGNAL,
} from '../../test/oidc/authentication-fixture.ts';
import {
  createFakeKey,
  FakeIssuer,
  forgeUnsigned,
  forgeWithHmac,
  formatJwk,
} from '../../test/oidc/fake-issuer.ts';
import { TokenAuthenticator } from './authenticate.ts';

const fixture = new AuthenticationFixture();

/** Before and after the tests of one `describe`. */
function prepareTests(): void {
  before(() => fixture.start());
  after(() => fixture.stop());
  beforeEach(() => fixture.reset());
}

describe('verifyJwt, given a forged token', () => {
  prepareTests();

  const claims = (): Record<string, unknown> => ({
    iss: fixture.issuer.issuer,
    sub: 'ana',
    aud: 'sallyport',
    exp: fixture.nowSeconds() + 300,
  });

  it('refuses tokens without a signature, however "none" is spelled', async () => {
    for (const algorithm of ['none', 'None', 'NONE', 'nOnE', '']) {
      await assertRejected(
        fixture.authenticator(),
        forgeUnsigned(claims(), algorithm),
        'bad-signature',
      );
    }
    assert.deepEqual(fixture.issuer.requests, []);
  });

  it('refuses HMAC with the public key as the secret', async () => {
    const key = createFakeKey('first', 'RS256');
    fixture.issuer.publish(key);
    for (const secret of [
      key.publicKey.export({ type: 'spki', format: 'pem' }),
      key.publicKey.export({ type: 'spki', format: 'der' }),
      JSON.stringify(formatJwk(key)),
    ]) {
      await assertRejected(
        fixture.authenticator(),
        forgeWithHmac(claims(), Buffer.from(secret)),
        'bad-signature',
      );
    }
  });

  it('never uses a symmetric key, even one that the provider publishes', async () => {
    const secret = Buffer.alloc(32, 7);
    fixture.issuer.documents.set('/jwks', {
      keys: [{ kty: 'oct', kid: 'first', alg: 'HS256', k: secret.toString('base64url') }],
    });
    await assertRejected(fixture.authenticator(), forgeWithHmac(claims(), secret), 'bad-signature');
    const asRsa = fixture.issuer.issue({ header: { alg: 'RS256' } });
    await assertRejected(fixture.authenticator(), asRsa, 'bad-signature');
    assert.throws(
      () => fixture.authenticator({ algorithms: ['HS256' as never] }),
      /not a public-key/,
    );
  });

  it('refuses another key under a known key id, and a changed payload', async () => {
    await assertRejected(
      fixture.authenticator(),
      fixture.issuer.issue({ key: createFakeKey('first') }),
      'bad-signature',
    );
    const [header, , signature] = fixture.issuer.issue().split('.');
    const payload = Buffer.from(JSON.stringify({ ...claims(), sub: 'petra' })).toString(
      'base64url',
    );
    await assertRejected(
      fixture.authenticator(),
      `${header}.${payload}.${signature}`,
      'bad-signature',
    );
  });

  it('refuses headers that bring or point at keys, without fetching anything', async () => {
    const key = createFakeKey('evil');
    for (const header of [
      { jwk: formatJwk(key) },
      { jku: `${fixture.issuer.issuer}/evil` },
      { x5u: `${fixture.issuer.issuer}/evil` },
      { x5c: ['AAAA'] },
      { crit: ['exp'] },
      { crit: ['b64'], b64: false },
      { crit: [] },
      { kid: 7 },
      { kid: ['first'] },
    ]) {
      await assertRejected(
        fixture.authenticator(),
        fixture.issuer.issue({ header, key }),
        'malformed',
      );
    }
    assert.deepEqual(fixture.issuer.requests, []);
  });

  it('takes a key id for a name only, never for a path or a query', async () => {
    const one = fixture.authenticator();
    await admit(one, fixture.issuer.issue());
    for (const kid of [
      '../../dev/null',
      '/etc/passwd',
      "x' union select 'k",
      '__proto__',
      '\0',
      '',
    ]) {
      await assertRejected(one, fixture.issuer.issue({ header: { kid } }), 'bad-signature');
    }
  });

  it('refuses what is not a token, at any size, and never throws', async () => {
    const one = fixture.authenticator();
    for (const text of ['', '.', '..', '...', 'a.b.c', 'ey', '\0', 'é.é.é', 'ey.ey.ey.ey.ey']) {
      await assertRejected(one, text, 'malformed');
    }
    const token = fixture.issuer.issue();
    for (let length = 0; length < token.length; length++) {
      const result = await one.authenticate(token.slice(0, length), SIGNAL);
      assert.equal(result.kind, 'rejected', `cut at ${length}`);
    }
    const large = fixture.issuer.issue({ claims: { padding: 'x'.repeat(16 * 1024) } });
    await assertRejected(one, large, 'malformed');
  });
});

describe('verifyJwt, given a token meant for something else', () => {
  prepareTests();

  it('refuses audiences that are not listed, and tokens without one', async () => {
    for (const aud of ['other', ['other', 'third'], [], '', undefined, 'SALLYPORT', 'sallyport ']) {
      const token = fixture.issuer.issue({ claims: { aud } });
      const result = await fixture.authenticator().authenticate(token, SIGNAL);
      assert.equal(result.kind, 'rejected', `aud ${JSON.stringify(aud)}`);
    }
    await assertRejected(
      fixture.authenticator(),
      fixture.issuer.issue({ claims: { aud: 'x' } }),
      'wrong-audience',
    );
  });

  it('refuses issuers that are not configured, down to a slash', async () => {
    for (const iss of ['https://evil.example', `${fixture.issuer.issuer}/`, undefined]) {
      const result = await fixture
        .authenticator()
        .authenticate(fixture.issuer.issue({ claims: { iss } }), SIGNAL);
      assert.equal(result.kind, 'rejected');
    }
  });

  it('does not let one issuer speak for another', async () => {
    await using other = await FakeIssuer.start();
    const one = new TokenAuthenticator(
      [fixture.provider(), fixture.provider({ name: 'other', issuer: other.issuer })],
      { nowMs: fixture.nowMs },
    );
    assert.equal((await admit(one, other.issue())).id, 'other:ana');
    const mixed = other.issue({ claims: { iss: fixture.issuer.issuer } });
    await assertRejected(one, mixed, 'bad-signature');
  });

  it('refuses a discovery document of another issuer', async () => {
    await using other = await FakeIssuer.start();
    other.documents.set('/.well-known/openid-configuration', {
      issuer: fixture.issuer.issuer,
      jwks_uri: `${other.issuer}/jwks`,
    });
    const one = fixture.authenticator({ issuer: other.issuer });
    await assertRejected(one, other.issue(), 'provider-unreachable');
  });

  it('holds a token to our client, where one is configured', async () => {
    const one = fixture.authenticator({ clientId: 'sallyport-cli' });
    await admit(one, fixture.issuer.issue({ claims: { azp: 'sallyport-cli' } }));
    await assertRejected(one, fixture.issuer.issue({ claims: { azp: 'evil' } }), 'wrong-audience');
    await assertRejected(
      one,
      fixture.issuer.issue({ claims: { client_id: 'ci' } }),
      'wrong-audience',
    );
    await assertRejected(one, fixture.issuer.issue({ claims: { azp: ['x'] } }), 'wrong-audience');
    const aud = ['sallyport', 'evil'];
    await assertRejected(one, fixture.issuer.issue({ claims: { aud } }), 'wrong-audience');
    await admit(one, fixture.issuer.issue({ claims: { aud, azp: 'sallyport-cli' } }));
    await admit(one, fixture.issuer.issue({ claims: { aud }, header: { typ: 'at+jwt' } }));
  });

  it('refuses other kinds of JWT', async () => {
    for (const typ of ['logout+jwt', 'dpop+jwt', 'secevent+jwt', 'JWE', 7]) {
      const token = fixture.issuer.issue({ header: { typ } });
      await assertRejected(fixture.authenticator(), token, 'claims-not-accepted');
    }
    for (const claims of [{ cnf: { jkt: 'x' } }, { events: {} }]) {
      await assertRejected(
        fixture.authenticator(),
        fixture.issuer.issue({ claims }),
        'claims-not-accepted',
      );
    }
  });

  it('refuses tokens without a sane expiry or issue time', async () => {
    const one = fixture.authenticator();
    for (const claims of [
      { exp: undefined },
      { exp: null },
      { exp: '9999999999' },
      { exp: 1e300 },
      { iat: 'now' },
      { iat: 1e300 },
      { nbf: 'now' },
    ]) {
      const result = await one.authenticate(fixture.issuer.issue({ claims }), SIGNAL);
      assert.equal(result.kind, 'rejected', JSON.stringify(claims));
    }
  });
});
