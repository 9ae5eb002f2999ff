import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  assertIdentityProviders,
  findProviderProblem,
  type IdentityProvider,
} from './identity-provider.ts';

const GOOD: IdentityProvider = {
  name: 'hospital',
  kind: 'person',
  issuer: 'https://id.hospital.example/realms/main',
  audiences: ['sallyport'],
};

describe('findProviderProblem', () => {
  it('finds none in a good provider, nor in plain HTTP on loopback', () => {
    assert.equal(findProviderProblem(GOOD), undefined);
    for (const host of ['127.0.0.1:9000', 'localhost', '[::1]:80', '127.1.2.3']) {
      assert.equal(findProviderProblem({ ...GOOD, issuer: `http://${host}` }), undefined, host);
    }
  });

  it('says what is unsafe', () => {
    const cases: readonly [Partial<IdentityProvider>, RegExp][] = [
      [{ name: 'a:b' }, /its name/],
      [{ name: '' }, /its name/],
      [{ name: 'Hospital' }, /its name/],
      [{ issuer: 'id.hospital.example' }, /not a URL/],
      [{ issuer: 'http://id.hospital.example' }, /https/],
      [{ issuer: 'http://127.0.0.1.evil.example' }, /https/],
      [{ issuer: 'http://localhost.evil.example' }, /https/],
      [{ issuer: 'file:///etc/passwd' }, /https/],
      [{ issuer: 'https://user:word@id.hospital.example' }, /no user/],
      [{ jwksUri: 'http://id.hospital.example/keys' }, /jwksUri/],
      [{ audiences: [] }, /audiences/],
      [{ audiences: [''] }, /audiences/],
      [{ algorithms: ['none' as never] }, /none/],
      [{ algorithms: ['HS512' as never] }, /HS512/],
      [{ algorithms: [] }, /empty/],
      [{ subjectClaim: 'email' }, /e-mail/],
      [{ requireClaims: { sub: [] } }, /pattern/],
    ];
    for (const [changes, problem] of cases) {
      assert.match(findProviderProblem({ ...GOOD, ...changes }) ?? '', problem);
    }
  });
});

describe('assertIdentityProviders', () => {
  it('refuses two providers of one name', () => {
    assertIdentityProviders([GOOD, { ...GOOD, name: 'other' }]);
    assert.throws(() => assertIdentityProviders([GOOD, GOOD]), { code: 'ERR_IDENTITY_PROVIDER' });
  });
});
