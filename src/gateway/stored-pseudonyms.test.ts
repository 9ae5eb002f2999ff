import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SealedPseudonym } from '../masking/vault/seal-pseudonym.ts';
import { StoredPseudonyms } from './stored-pseudonyms.ts';

const MANY = 2_000;

function spell(number: number): string {
  return `ps1_${number.toString(16).padStart(16, '0')}`;
}

describe('StoredPseudonyms', () => {
  it('stores each that is shown once, those too that are shown while others are stored', async () => {
    const inserted: SealedPseudonym[] = [];
    let shownLater = 0;
    const storage = {
      find: (hashes: readonly Buffer[]) =>
        Promise.resolve(
          inserted.filter((sealed) => hashes.some((hash) => hash.equals(sealed.pseudonymHash))),
        ),
      insert: (sealed: readonly SealedPseudonym[]) => {
        inserted.push(...sealed);
        // Some while there are more, and some behind the last.
        if (shownLater < 10) pseudonyms.remember(spell(MANY + ++shownLater), 'later');
        return Promise.resolve();
      },
    };
    const masterKey = Buffer.alloc(32, 7);
    const onError = (error: unknown): void => assert.fail(String(error));
    const pseudonyms = new StoredPseudonyms({ masterKey, storage, onError });
    for (let round = 0; round < 2; round++) {
      for (let number = 1; number <= MANY; number++) pseudonyms.remember(spell(number), 'value');
      await pseudonyms.stored();
    }
    const hashes = new Set(inserted.map((sealed) => sealed.pseudonymHash.toString('hex')));
    assert.equal(shownLater, 10);
    assert.equal(hashes.size, MANY + shownLater);
    assert.equal(inserted.length, hashes.size);
    const other = new StoredPseudonyms({ masterKey, storage, onError });
    const loaded = await other.load([spell(1), spell(MANY + 10), spell(MANY + 11)]);
    assert.deepEqual([...loaded.values()], ['value', 'later', null]);
  });
});
