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
    const device = {
      device_code: 'd',
      user_code: 'ABCD-EFGH',
      verification_uri: `${issuer}/code`,
      expires_in: 60,
    };
    const answers: Readonly<Record<string, object>> = {
      '/device': { ...device, interval: 0.01 },
      '/unconfirmed': { ...device, interval: 60 },
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
    client = configure('device');
  });
  after(() => server.close());

  /** @param device Path at which codes are asked for. */
  function configure(device: 'device' | 'unconfirmed'): Configuration {
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const configured = new Configuration(
      {
        issuer,
        device_authorization_endpoint: `${issuer}/${device}`,
        token_endpoint: `${issuer}/token`,
      },
      'sallyport',
    );
    allowInsecureRequests(configured);
    return configured;
  }

  function open(of: Configuration, principal: Principal): DeviceSignIns {
    return new DeviceSignIns({
      provider: () => ({
        endpoints: { discover: () => Promise.resolve(of) },
        scopes: ['openid'],
      }),
      authenticator: { authenticate: () => Promise.resolve({ kind: 'authenticated', principal }) },
      lifetimeMs: () => 60_000,
      nowMs: Date.now,
    });
  }

  /** @param principal Whom the authenticator takes the ID token for. */
  async function signIn(principal: Principal): Promise<AuthenticationResult> {
    const signIns = open(client, principal);
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

  it('lets no host keep those on other links of its network waiting, nor a network all others', async () => {
    const signIns = open(configure('unconfirmed'), ANA);
    const leaving = new AbortController();
    const outcomes: Promise<unknown>[] = [];
    const begin = async (address: string): Promise<string> => {
      const begun = await signIns.begin(address, leaving.signal);
      if (begun.kind === 'begun') outcomes.push(begun.outcome);
      return begun.kind;
    };
    for (let host = 1; host <= 5; host++) {
      assert.equal(await begin(`2001:db8:1:a::${host}`), 'begun');
      assert.equal(await begin('192.0.2.1'), 'begun');
    }
    assert.equal(await begin('2001:db8:1:a:ffff::1'), 'unavailable');
    assert.equal(await begin('192.0.2.1'), 'unavailable');
    assert.equal(await begin('192.0.2.2'), 'begun');
    for (let link = 1; link <= 15; link++) {
      assert.equal(await begin(`2001:db8:1:${link}::1`), 'begun');
    }
    assert.equal(await begin('2001:db8:1:20::1'), 'unavailable');
    assert.equal(await begin('2001:db8:2:20::1'), 'begun');
    leaving.abort();
    await Promise.allSettled(outcomes);
    const last = new AbortController();
    const again = await signIns.begin('192.0.2.1', last.signal);
    last.abort();
    if (again.kind === 'begun') await assert.rejects(again.outcome);
    assert.equal(again.kind, 'begun');
  });
});
