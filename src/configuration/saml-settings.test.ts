import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rootWithoutSources } from './configuration-root.ts';
import { gatewayFileSchema } from './gateway-file.ts';
import { samlProvidersSchema } from './saml-settings.ts';

const SSO = {
  name: 'sso',
  entityId: 'https://sso.example/metadata',
  signInUrl: 'https://sso.example/saml',
  certificateFiles: ['tls/sso.crt'],
};

describe('samlProvidersSchema', () => {
  const schema = samlProvidersSchema(rootWithoutSources('/etc/sallyport'));

  it('fills in what is not said, and makes paths absolute', () => {
    assert.deepEqual(schema.parse([SSO]), [
      {
        ...SSO,
        certificateFiles: ['/etc/sallyport/tls/sso.crt'],
        nameIdFormat: 'persistent',
        subjectAttribute: undefined,
        nameAttribute: undefined,
        personAttribute: undefined,
        groupsAttribute: 'groups',
        groups: [],
      },
    ]);
    assert.deepEqual(schema.parse(undefined), []);
  });

  it('refuses a provider without certificates, by plain http, or with what it does not know', () => {
    for (const change of [
      { certificateFiles: [] },
      { signInUrl: 'http://sso.example/saml' },
      { signInUrl: 'https://user@sso.example/saml' },
      { signInUrl: 'sso' },
      { name: 'S S O' },
      { wantSigned: false },
      { nameIdFormat: 'emailAddress' },
    ]) {
      assert.equal(
        schema.safeParse([{ ...SSO, ...change }]).success,
        false,
        JSON.stringify(change),
      );
    }
    assert.ok(schema.safeParse([{ ...SSO, signInUrl: 'http://127.0.0.1:8080/saml' }]).success);
  });
});

describe('gatewayFileSchema', () => {
  const load = (identity: object) =>
    gatewayFileSchema(rootWithoutSources('/etc/sallyport')).safeParse({
      listeners: { postgres: [{ address: '127.0.0.1:5432' }] },
      identity: {
        providers: [{ name: 'clinic', issuer: 'https://idp.example', audiences: ['sallyport'] }],
        ...identity,
      },
    });

  it('lets no two providers have one name, of whatever kind: it is part of who somebody is', () => {
    assert.ok(load({ saml: [SSO] }).success);
    for (const saml of [[{ ...SSO, name: 'clinic' }], [SSO, SSO]]) {
      const { error } = load({ saml });
      assert.match(error?.issues[0]?.message ?? '', /is the name of another provider/);
    }
  });

  it('bars nobody who cannot be anybody: an id begins with the name of a provider', () => {
    assert.ok(load({ saml: [SSO], disabled: ['clinic:4711', `${SSO.name}:ana:b`] }).success);
    for (const id of ['mallory', 'clinik:4711', 'clinic', 'sso.example:ana', 'Clinic:4711']) {
      const { error } = load({ saml: [SSO], disabled: ['clinic:4711', id] });
      assert.match(error?.issues[0]?.message ?? '', /must be the id of a principal/);
      assert.deepEqual(error?.issues[0]?.path, ['identity', 'disabled', 1]);
    }
  });

  it('bounds how long a sign-in lasts', () => {
    const { data } = load({});
    assert.deepEqual(data?.identity.browserSignIns, { lifetimeMs: 28_800_000, idleMs: 1_800_000 });
    assert.equal(load({ browserSignIns: { lifetime: '30d' } }).success, false);
    assert.equal(load({ browserSignIns: { idle: '0s' } }).success, false);
  });
});
