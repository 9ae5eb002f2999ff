import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { StoredPseudonyms } from '../gateway/stored-pseudonyms.ts';
import type { Store } from './open-store.ts';
import { MASTER_KEY, openPrivateStore, type PrivateStore } from './private-store.fixture.ts';

const PSEUDONYM = 'ps1_00112233445566aa';

let opened: PrivateStore;
let store: Store;

/** As a process of a gateway would make them. */
function open(masterKey: Buffer = MASTER_KEY, storage = store.pseudonyms): StoredPseudonyms {
  return new StoredPseudonyms({ masterKey, storage, onError: () => undefined });
}

describe('pseudonyms', () => {
  before(async () => {
    opened = await openPrivateStore();
    ({ store } = opened);
  });
  after(() => opened[Symbol.asyncDispose]());

  it('that one gateway has shown lead back to their values in another', async () => {
    const shown = open();
    for (let index = 0; index < 5_000; index++) shown.remember(`${PSEUDONYM}${index}`, `v${index}`);
    await shown.stored();
    const other = open();
    assert.equal(other.find(`${PSEUDONYM}17`), undefined);
    const loaded = await other.load([`${PSEUDONYM}17`, `${PSEUDONYM}4999`, 'ps1_0000000000000000']);
    assert.deepEqual(
      [...loaded],
      [
        [`${PSEUDONYM}17`, 'v17'],
        [`${PSEUDONYM}4999`, 'v4999'],
        ['ps1_0000000000000000', null],
      ],
    );
    assert.equal(other.find(`${PSEUDONYM}17`), 'v17');
  });

  it('can be read in the store by nobody who has not the key', async () => {
    const shown = open();
    shown.remember(PSEUDONYM, 'MRN-0012345');
    await shown.stored();
    const rows = await opened.query('select * from sallyport.pseudonyms');
    const stored = JSON.stringify(rows.map((row) => Object.values(row).map(String)));
    for (const secret of ['MRN-0012345', PSEUDONYM]) assert.equal(stored.includes(secret), false);
    assert.deepEqual([...(await open(Buffer.alloc(32, 8)).load([PSEUDONYM])).values()], [null]);
  });

  it('are known to the gateway that showed them while the store is away, and stored later', async () => {
    let isAway = true;
    const storage = {
      find: store.pseudonyms.find.bind(store.pseudonyms),
      insert: (sealed: Parameters<typeof store.pseudonyms.insert>[0]) =>
        isAway ? Promise.reject(new Error('away')) : store.pseudonyms.insert(sealed),
    };
    const shown = open(MASTER_KEY, storage);
    shown.remember('ps1_aaaaaaaaaaaaaaaa', 'kept');
    await shown.stored();
    assert.equal(shown.find('ps1_aaaaaaaaaaaaaaaa'), 'kept');
    isAway = false;
    assert.deepEqual([...(await shown.load(['ps1_aaaaaaaaaaaaaaaa'])).values()], ['kept']);
  });
});
