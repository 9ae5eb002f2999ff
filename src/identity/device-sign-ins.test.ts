import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { allowInsecureRequests, Configuration } from 'openid-client';
import type { AuthenticationResult } from './authenticator.ts';
import { DeviceSignIns } from './device-sign-ins.ts';
import type { Principal } from './principal.ts';

const ANA: Principal = {
  id: 'clinic:ana',
  issuer: 'clinic',
  subject: 'ana',
  kind: 'person',
  displayName: 'Ana',
  groups: ['nurses'],
  signIn: 'oidc-token',
  expiresAtMs: Date.now() + 600_000,
};

/** Confirms every code at once, for `ana`. */
function startProvider(): Server {
  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo;
    const issuer = `http://127.0.0.1:${port}`;
    const now = Math.floor(Date.now() / 1_000);
    const claims = { iss: issuer, aud: 'sallyport', sub: 'ana', iat: now, exp: now + 600 };
    const parts = [{ alg: 'RS256' }, claims, 'signature'].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    );
    const answers: Readonly<Record<string, object>> = {
      '/device': {
        device_code: 'd',
        user_code: 'ABCD-EFGH',
        verification_uri: `${issuer}/code`,
        expires_in: 60,
        interval: 0.01,
      },
      '/token': { access_token: 'a', token_type: 'bearer', id_token: parts.join('.') },
    };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answers[request.url ?? '']));
  });
  return server;
}

describe('a sign-in by a code', () => {
  let server: Server;
  let client: Configuration;

  before(async () => {
    server = startProvider().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    client = new Configuration(
      {
        issuer,
        device_authorization_endpoint: `${issuer}/device`,
        token_endpoint: `${issuer}/token`,
      },
      'sallyport',
    );
    allowInsecureRequests(client);
  });
  after(() => server.close());

  /** @param principal Whom the authenticator takes the ID token for. */
  async function signIn(principal: Principal): Promise<AuthenticationResult> {
    const signIns = new DeviceSignIns({
      provider: () => ({
        endpoints: { discover: () => Promise.resolve(client) },
        scopes: ['openid'],
      }),
      authenticator: { authenticate: () => Promise.resolve({ kind: 'authenticated', principal }) },
      lifetimeMs: () => 60_000,
      nowMs: Date.now,
    });
    const begun = await signIns.begin('192.0.2.1', new AbortController().signal);
    assert(begun.kind === 'begun');
    return begun.outcome;
  }

  it('lets in the person who confirmed it', async () => {
    const result = await signIn(ANA);
    assert(result.kind === 'authenticated');
    assert.deepEqual([result.principal.id, result.principal.signIn], ['clinic:ana', 'oidc-device']);
  });

  it('lets nobody in whom the token makes a workload', async () => {
    const result = await signIn({ ...ANA, id: 'build:ana', issuer: 'build', kind: 'workload' });
    assert.deepEqual(result, { kind: 'rejected', reason: 'claims-not-accepted' });
  });
});
