import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { TokenAuthenticator } from '../identity/authenticate.ts';
import type { Principal } from '../identity/principal.ts';
import { issueCertificate } from '../identity/ssh/issue-certificate.ts';
import { createClientKey } from '../identity/ssh/ssh.fixture.ts';
import { openSshAuthorities } from '../identity/ssh/ssh-authorities.ts';
import type { Store } from './open-store.ts';
import { MASTER_KEY, openPrivateStore, type PrivateStore } from './private-store.fixture.ts';

const ANA: Principal = {
  id: 'clinic:7',
  issuer: 'clinic',
  subject: '7',
  kind: 'person',
  displayName: 'Ana',
  groups: ['nurses'],
  signIn: 'oidc-token',
  expiresAtMs: Number.MAX_SAFE_INTEGER,
};

let own: PrivateStore;

/** Before and after the tests of one `describe`. */
function prepareTests(): void {
  before(async () => {
    own = await openPrivateStore();
  });
  after(() => own[Symbol.asyncDispose]());
}

describe('PostgresOwnKeys', () => {
  prepareTests();

  it('gives gateways that start together the same key, one for each purpose', async () => {
    const stores = [own.store, own.other, own.store, own.other];
    const opened = stores.map((store) => store.openSshKeys(MASTER_KEY));
    const kept = await Promise.all(
      opened.map((keys) => keys.findOrKeep('user-authority', randomBytes(48))),
    );
    for (const key of kept) assert.deepEqual(key, kept[0]);
    const another = await opened[0]?.findOrKeep('host-authority', randomBytes(48));
    assert.notDeepEqual(another, kept[0]);
  });

  it('keeps no key in the clear, and gives it to nobody with another masking key', async () => {
    const candidate = randomBytes(48);
    await own.store.openSshKeys(MASTER_KEY).findOrKeep('host', candidate);
    const rows = await own.query('select sealed from sallyport.ssh_keys');
    for (const { sealed } of rows) {
      assert(sealed instanceof Buffer);
      assert.equal(sealed.indexOf(candidate.toString('base64')), -1);
      assert.equal(sealed.indexOf(candidate), -1);
    }
    const stranger = own.other.openSshKeys(Buffer.alloc(32, 8));
    await assert.rejects(stranger.findOrKeep('host', candidate), {
      message: 'Cannot open ssh key: sealed with another key, or changed',
    });
    await own.query(`update sallyport.ssh_keys as k set sealed = o.sealed from sallyport.ssh_keys as o
      where k.purpose = 'host' and o.purpose = 'user-authority'`);
    await assert.rejects(own.store.openSshKeys(MASTER_KEY).findOrKeep('host', candidate));
  });
});

describe('two gateways on one store', () => {
  prepareTests();

  const nowMs = Date.now;

  async function openGateway(store: Store) {
    const keys = store.openSshKeys(MASTER_KEY);
    const authorities = await openSshAuthorities({ configured: {}, keys, nowMs });
    const clinic = { name: 'clinic', kind: 'person', issuer: 'https://idp.example' } as const;
    const authenticator = new TokenAuthenticator([{ ...clinic, audiences: ['sallyport'] }], {
      nowMs,
      tokens: store.tokens,
      sshAuthority: authorities.userAuthority,
    });
    return { authorities, authenticator, tokens: store.tokens };
  }

  it('take the certificates of each other, until one of them ends one', async () => {
    await own.query('delete from sallyport.ssh_keys');
    const [one, other] = await Promise.all([openGateway(own.store), openGateway(own.other)]);
    const issued = await issueCertificate(
      {
        principal: ANA,
        publicKey: createClientKey().line,
        lifetimeSeconds: undefined,
        sourceAddresses: [],
      },
      { ...one, nowMs, lifetimeMsMax: 60_000, seal: async () => undefined },
    );
    assert(issued.kind === 'issued');
    const { signal } = new AbortController();
    const show = () =>
      other.authenticator.authenticateCertificate(
        issued.certificate,
        { clientAddress: '10.0.0.7' },
        signal,
      );
    assert.partialDeepStrictEqual(await show(), { principal: { id: 'clinic:7' } });
    await one.tokens.revoke(issued.record.id, nowMs());
    assert.deepEqual(await show(), { kind: 'rejected', reason: 'revoked' });
  });
});
