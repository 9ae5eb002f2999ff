import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { matchesPattern, readIdentity } from './claims.ts';
import type { IdentityProvider } from './identity-provider.ts';

const PROVIDER: IdentityProvider = {
  name: 'hospital',
  kind: 'person',
  issuer: 'https://id.hospital.example',
  audiences: ['sallyport'],
};

function groupsOf(
  claims: object,
  changes: Partial<IdentityProvider>,
): readonly string[] | undefined {
  return readIdentity({ sub: 'ana', ...claims }, { ...PROVIDER, ...changes })?.groups;
}

describe('readIdentity', () => {
  it('reads groups from an array, one text, a path or a claim named by a URL', () => {
    assert.deepEqual(groupsOf({ groups: ['a', 'b', 'a'] }, {}), ['a', 'b']);
    assert.deepEqual(groupsOf({ groups: 'a' }, {}), ['a']);
    const realm = { realm_access: { roles: ['a'] } };
    assert.deepEqual(groupsOf(realm, { groupsClaim: 'realm_access.roles' }), ['a']);
    const url = 'https://hospital.example/groups';
    assert.deepEqual(groupsOf({ [url]: ['a'] }, { groupsClaim: url }), ['a']);
    assert.deepEqual(groupsOf({}, { groups: ['fixed'] }), ['fixed']);
    assert.deepEqual(groupsOf({ groups: ['a'] }, { groups: ['fixed'] }), ['fixed', 'a']);
  });

  it('does not find groups in what every object inherits', () => {
    for (const groupsClaim of ['constructor', '__proto__', 'groups.constructor.name', 'a.length']) {
      assert.deepEqual(groupsOf({ groups: {}, a: 'text' }, { groupsClaim }), []);
    }
  });

  it('refuses groups it cannot know completely', () => {
    const refused = [
      Array.from({ length: 513 }, (_, index) => `g${index}`),
      ['x'.repeat(257)],
      [''],
      ['a\nb'],
      ['\ud800'],
      [7],
      [['a']],
      { a: true },
      7,
    ];
    for (const groups of refused) assert.equal(groupsOf({ groups }, {}), undefined);
    const distributed = { _claim_names: { groups: 'src1' } };
    assert.equal(groupsOf(distributed, {}), undefined);
  });

  it('refuses whose groups Entra ID has left out, in tokens and in SAML', () => {
    const link = 'https://graph.windows.net/tenant/users/ana/getMemberObjects';
    assert.equal(
      groupsOf({ 'http://schemas.microsoft.com/claims/groups.link': link }, {}),
      undefined,
    );
    for (const hasgroups of [true, 'true']) assert.equal(groupsOf({ hasgroups }, {}), undefined);
    assert.deepEqual(groupsOf({ hasgroups: true, groups: ['nurses'] }, {}), ['nurses']);
  });

  it('refuses subjects that do not name anybody', () => {
    for (const sub of ['', undefined, 7, null, ['ana'], 'x'.repeat(513), 'a\0', '\udc00', 'a\n']) {
      assert.equal(readIdentity({ sub }, PROVIDER), undefined);
    }
  });

  it('never uses an e-mail address that the provider did not verify', () => {
    const byEmail = {
      ...PROVIDER,
      nameClaim: 'email',
      requireClaims: { email: '*@hospital.example' },
    };
    const claims = { sub: 'ana', email: 'petra@hospital.example' };
    for (const email_verified of [undefined, false, 'true', 1]) {
      assert.equal(readIdentity({ ...claims, email_verified }, byEmail), undefined);
    }
    const shown = readIdentity(
      { ...claims, email_verified: false },
      { ...PROVIDER, nameClaim: 'email' },
    );
    assert.equal(shown?.displayName, 'ana');
    const verified = readIdentity({ ...claims, email_verified: true }, byEmail);
    assert.equal(verified?.displayName, 'petra@hospital.example');
  });

  it('shows names without characters that could disguise them', () => {
    const claims = { sub: 'ana', preferred_username: 'ana\u202e\u0000\u2028gro' };
    assert.equal(readIdentity(claims, PROVIDER)?.displayName, 'ana\u{fffd}\u{fffd}\u{fffd}gro');
    const long = readIdentity({ sub: 'ana', preferred_username: '😀'.repeat(200) }, PROVIDER);
    assert.equal(long?.displayName.length, 128);
  });

  it('asks for every required claim, any of several patterns, any of several values', () => {
    const accepts = (requireClaims: IdentityProvider['requireClaims'], claims: object): boolean =>
      readIdentity({ sub: 'ci', ...claims }, { ...PROVIDER, requireClaims }) !== undefined;
    const rules = { ref: ['refs/heads/main', 'refs/tags/v*'], protected: 'true' };
    assert(accepts(rules, { ref: 'refs/heads/main', protected: true }));
    assert(accepts(rules, { ref: 'refs/tags/v1.2', protected: 'true' }));
    assert(accepts(rules, { ref: ['x', 'refs/tags/v1'], protected: true }));
    assert(!accepts(rules, { ref: 'refs/heads/main' }));
    assert(!accepts(rules, { ref: 'refs/heads/maintenance', protected: true }));
    assert(!accepts(rules, { ref: { toString: 'refs/heads/main' }, protected: true }));
    assert(!accepts({ any: '*' }, {}));
    assert(!accepts({ any: '*' }, { any: null }));
    assert(!accepts({ any: '*' }, { any: [] }));
  });
});

describe('readIdentity with a claim of the person', () => {
  const provider = { ...PROVIDER, personClaim: 'employee' };

  it('says what the identities of one human have in common', () => {
    assert.equal(readIdentity({ sub: 'ana', employee: 'E7' }, provider)?.person, 'E7');
    assert.equal(readIdentity({ sub: 'ana', employee: 7 }, provider)?.person, '7');
    assert.equal(readIdentity({ sub: 'ana', employee: 'E7' }, PROVIDER)?.person, undefined);
  });

  it('takes two spellings of an address for the same', () => {
    const byEmail = { ...PROVIDER, personClaim: 'email' };
    const claims = { sub: 'ana', email: ' Ana@Hospital.example', email_verified: true };
    assert.equal(readIdentity(claims, byEmail)?.person, 'ana@hospital.example');
    assert.equal(readIdentity({ ...claims, email_verified: false }, byEmail), undefined);
  });

  it('turns away who has none, as nobody could tell who that is', () => {
    for (const employee of [undefined, null, '', '  ', ['E7'], {}, 'E\u00007', true]) {
      assert.equal(readIdentity({ sub: 'ana', employee }, provider), undefined);
    }
  });
});

describe('matchesPattern', () => {
  it('agrees with the obvious regular expression', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 12 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 6 });
    fc.assert(
      fc.property(text, pattern, (one, wanted) => {
        const source = wanted.replaceAll('.', '\\.').replaceAll('*', '.*');
        assert.equal(matchesPattern(one, wanted), new RegExp(`^${source}$`).test(one));
      }),
      { numRuns: 2_000 },
    );
  });
});
