import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { MASTER_KEY, openPrivateStore, type PrivateStore } from './private-store.fixture.ts';

let own: PrivateStore;

before(async () => {
  own = await openPrivateStore();
});
after(() => own[Symbol.asyncDispose]());

describe('PostgresSshKeys', () => {
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
