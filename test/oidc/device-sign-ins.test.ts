import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type OidcProvider, startOidcProvider } from '../../demo/oidc-provider.ts';
import { signInAs } from '../../demo/oidc-sign-in.ts';
import { TokenAuthenticator } from '../../src/identity/authenticate.ts';
import type { DeviceSignInBegun } from '../../src/identity/device-sign-in.ts';
import { type DeviceSignInParts, DeviceSignIns } from '../../src/identity/device-sign-ins.ts';
import { OidcEndpoints } from '../../src/identity/oidc-client.ts';

const HOUR_MS = 3_600_000;
const ADDRESS = '10.0.0.7';

let provider: OidcProvider;

before(async () => {
  provider = await startOidcProvider({ tokenLifetimeSeconds: 60 });
});
after(() => provider.stop());

function openDeviceSignIns(changes: Partial<DeviceSignInParts> = {}): DeviceSignIns {
  const { issuer } = provider;
  const clientId = 'sallyport-cli';
  const scopes = ['openid', 'profile', 'groups', 'offline_access'];
  const client = { issuer, clientId, clientSecret: undefined, scopes, caFile: undefined };
  const endpoints = new OidcEndpoints(client, Date.now);
  const clinic = { name: 'clinic', kind: 'person', issuer, audiences: [clientId] } as const;
  return new DeviceSignIns({
    provider: () => ({ endpoints, scopes }),
    authenticator: new TokenAuthenticator([clinic], { nowMs: Date.now }),
    lifetimeMs: () => 8 * HOUR_MS,
    nowMs: Date.now,
    ...changes,
  });
}

async function begin(
  signIns: DeviceSignIns,
  signal: AbortSignal = new AbortController().signal,
): Promise<DeviceSignInBegun> {
  const begun = await signIns.begin(ADDRESS, signal);
  assert(begun.kind === 'begun');
  return begun;
}

describe('DeviceSignIns', () => {
  it('lets in whoever confirms the code, for as long as a certificate would last', async () => {
    const { url, completeUrl, userCode, expiresAtMs, outcome } = await begin(openDeviceSignIns());
    assert.match(userCode, /^[A-Z]{4}-[A-Z]{4}$/);
    assert.equal(new URL(url).origin, new URL(provider.issuer).origin);
    // A code is short-lived, however long the provider would wait.
    assert(expiresAtMs <= Date.now() + 5 * 60_000);
    assert(completeUrl !== undefined);
    await signInAs('ana', completeUrl, new AbortController().signal);
    const result = await outcome;
    assert(result.kind === 'authenticated');
    assert.partialDeepStrictEqual(result.principal, {
      id: 'clinic:ana',
      kind: 'person',
      groups: ['analysts'],
      signIn: 'oidc-device',
    });
    assert(result.principal.expiresAtMs > Date.now() + 7 * HOUR_MS);
  });

  it('stops asking when the connection is gone, and gives back its place', async () => {
    const signIns = openDeviceSignIns();
    for (let round = 0; round < 3; round++) {
      const connection = new AbortController();
      const begun = await Promise.all(
        Array.from({ length: 5 }, () => begin(signIns, connection.signal)),
      );
      const more = await signIns.begin(ADDRESS, connection.signal);
      assert.deepEqual(more, { kind: 'unavailable' });
      connection.abort(new Error('gone'));
      for (const { outcome } of begun) await assert.rejects(outcome, { message: 'gone' });
    }
    await assert.rejects(signIns.begin(ADDRESS, AbortSignal.abort(new Error('gone before'))), {
      message: 'gone before',
    });
  });

  it('counts a network of IPv6 as one: a client has many addresses there', async () => {
    const signIns = openDeviceSignIns();
    const connection = new AbortController();
    const begun = await Promise.all(
      Array.from({ length: 6 }, (_, host) =>
        signIns.begin(`2001:db8:1::${host + 1}`, connection.signal),
      ),
    );
    const waiting = begun.filter((one) => one.kind === 'begun');
    assert.equal(waiting.length, 5);
    const another = await signIns.begin('2001:db8:2::1', connection.signal);
    assert(another.kind === 'begun');
    connection.abort(new Error('gone'));
    for (const { outcome } of [...waiting, another]) {
      await assert.rejects(outcome, { message: 'gone' });
    }
  });

  it('lets nobody in whose token the configuration does not accept', async () => {
    const { issuer } = provider;
    const other = { name: 'clinic', kind: 'person', issuer, audiences: ['another'] } as const;
    const authenticator = new TokenAuthenticator([other], { nowMs: Date.now });
    const { completeUrl = '', outcome } = await begin(openDeviceSignIns({ authenticator }));
    await signInAs('ana', completeUrl, new AbortController().signal);
    assert.deepEqual(await outcome, { kind: 'rejected', reason: 'wrong-audience' });
  });

  it('is not to be had where it is off, or the provider cannot be asked', async () => {
    const { signal } = new AbortController();
    const off = openDeviceSignIns({ provider: () => undefined });
    assert.deepEqual(await off.begin(ADDRESS, signal), { kind: 'unavailable' });
    const endpoints = { discover: () => Promise.reject(new Error('unreachable')) };
    const away = openDeviceSignIns({ provider: () => ({ endpoints, scopes: ['openid'] }) });
    for (let count = 0; count < 10; count++) {
      assert.deepEqual(await away.begin(ADDRESS, signal), { kind: 'unavailable' });
    }
  });
});
