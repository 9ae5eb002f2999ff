import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { TokenAuthenticator } from '../src/identity/authenticate.ts';
import type { IdentityProvider } from '../src/identity/identity-provider.ts';
import { type OidcProvider, startOidcProvider } from './oidc-provider.ts';

const SIGNAL = new AbortController().signal;
const MINUTE_MS = 60_000;

let provider: OidcProvider;
before(async () => {
  provider = await startOidcProvider();
});
after(() => provider.stop());

/** How the demo's `sallyport.yaml` would put it. */
function identityProviders(): readonly IdentityProvider[] {
  return [
    {
      name: 'demo',
      kind: 'person',
      issuer: provider.issuer,
      clientId: 'sallyport-cli',
      audiences: ['sallyport-cli', 'sallyport'],
    },
    {
      name: 'demo-ci',
      kind: 'workload',
      issuer: provider.issuer,
      audiences: ['sallyport-workloads'],
      groupsClaim: 'groups',
      requireClaims: { repository: 'hospital/*', ref: 'refs/heads/main' },
    },
  ];
}

async function describeToken(token: string, nowMs: () => number = Date.now): Promise<unknown> {
  const authenticator = new TokenAuthenticator(identityProviders(), { nowMs });
  const result = await authenticator.authenticate(token, SIGNAL);
  if (result.kind === 'rejected') return result.reason;
  const { id, kind, displayName, groups } = result.principal;
  return { id, kind, displayName, groups };
}

async function requestToken(form: Record<string, string>): Promise<string> {
  const answer = await fetch(`${provider.issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
  });
  const { access_token: token } = (await answer.json()) as { access_token?: string };
  assert(token !== undefined, `no token: ${answer.status}`);
  return token;
}

describe('startOidcProvider', () => {
  it('issues tokens that the gateway accepts', async () => {
    assert.deepEqual(await describeToken(provider.issueToken('noor')), {
      id: 'demo:noor',
      kind: 'person',
      displayName: 'noor',
      groups: ['nurses'],
    });
    const expired = provider.issueToken('noor', { expiresInSeconds: -61 });
    assert.equal(await describeToken(expired), 'expired');
    const foreign = provider.issueToken('noor', { audience: 'billing' });
    assert.equal(await describeToken(foreign), 'wrong-audience');
  });

  it('signs a workload in with its secret, as a workload only', async () => {
    const token = await requestToken({
      grant_type: 'client_credentials',
      client_id: 'ci-claims',
      client_secret: 'demo-ci-claims-secret',
    });
    const expected = {
      id: 'demo-ci:ci-claims',
      kind: 'workload',
      displayName: 'ci-claims',
      groups: ['ci'],
    };
    assert.deepEqual(await describeToken(token), expected);
    assert.deepEqual(await describeToken(provider.issueToken('ci-claims')), expected);
    const branch = provider.issueToken('ci-claims', { claims: { ref: 'refs/heads/evil' } });
    assert.notDeepEqual(await describeToken(branch), expected);
  });

  it('rotates keys, with and without an overlap', async () => {
    let offsetMs = 0;
    const nowMs = (): number => Date.now() + offsetMs;
    const authenticator = new TokenAuthenticator(identityProviders(), { nowMs });
    const accepts = async (token: string): Promise<boolean> =>
      (await authenticator.authenticate(token, SIGNAL)).kind === 'authenticated';

    const first = provider.issueToken('ana');
    assert(await accepts(first));
    provider.rotateKeys();
    offsetMs += MINUTE_MS;
    assert(await accepts(provider.issueToken('ana')));
    assert(await accepts(first));
    provider.rotateKeys({ withdrawOld: true });
    offsetMs += 2 * MINUTE_MS;
    assert(await accepts(provider.issueToken('ana')));
    assert(!(await accepts(first)));
  });

  it('refuses requests for other host names', async () => {
    const status = await new Promise((resolve, reject) => {
      const headers = { host: 'rebound.example' };
      request(`${provider.issuer}/jwks`, { headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    assert.equal(status, 421);
  });
});
