import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rootWithoutSources } from '../../configuration/configuration-root.ts';
import { gatewayFileSchema } from '../../configuration/gateway-file.ts';
import type { Configuration } from '../../configuration/load-configuration.ts';
import { chooseCarrier } from './choose-carrier.ts';

function load(providers: readonly object[]): Pick<Configuration, 'identity'> {
  return gatewayFileSchema(rootWithoutSources('/etc/sallyport')).parse({
    listeners: { postgres: [{ address: '127.0.0.1:5432' }] },
    identity: { providers },
  });
}

const CLINIC = { name: 'clinic', issuer: 'https://idp.example', audiences: ['sallyport'] };
const BUILD = { ...CLINIC, name: 'build', issuer: 'https://ci.example', kind: 'workload' };

describe('chooseCarrier', () => {
  const bearer = { authentication: 'oauthbearer' } as const;

  it('has clients ask the provider for people for what sallyport login asks for, but nothing that lasts', () => {
    const scopes = ['openid', 'offline_access', 'groups'];
    assert.deepEqual(chooseCarrier(bearer, load([BUILD, { ...CLINIC, scopes }])), {
      kind: 'oauthbearer',
      issuer: 'https://idp.example',
      scope: 'openid groups',
    });
    const plain = chooseCarrier(bearer, load([CLINIC]));
    assert.equal(plain.kind === 'oauthbearer' && plain.scope, 'openid profile');
  });

  it('takes tokens as passwords where that is said, and where no provider is for people', () => {
    assert.deepEqual(chooseCarrier({ authentication: 'password' }, load([CLINIC])), {
      kind: 'password',
    });
    assert.deepEqual(chooseCarrier(bearer, load([BUILD])), { kind: 'password' });
  });
});
