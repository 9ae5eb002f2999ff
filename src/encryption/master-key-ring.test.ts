import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EncryptionError, type EncryptionErrorCode } from './encryption-error.ts';
import type { MasterKey } from './master-key.ts';
import { MasterKeyRing } from './master-key-ring.ts';

const UNWRAPPED = Buffer.alloc(32, 7);

/** A key that opens everything, or fails with a code. */
function keyThat(outcome: 'opens' | EncryptionErrorCode): MasterKey {
  return {
    description: outcome,
    wrap: () => assert.fail('nothing is wrapped'),
    unwrap: () =>
      outcome === 'opens'
        ? Promise.resolve(UNWRAPPED)
        : Promise.reject(new EncryptionError(outcome, `Cannot unwrap key: ${outcome}`)),
  };
}

describe('MasterKeyRing', () => {
  it('opens with the keys before what the current one refuses', async () => {
    const ring = new MasterKeyRing(keyThat('ERR_KEY_REFUSED'), [
      keyThat('ERR_KEY_REFUSED'),
      keyThat('opens'),
    ]);
    assert.equal(await ring.unwrap('w', 'content'), UNWRAPPED);
  });

  it('takes no key that cannot be asked for one that refuses', async () => {
    const away = keyThat('ERR_KEY_UNAVAILABLE');
    for (const ring of [
      new MasterKeyRing(away, [keyThat('opens')]),
      new MasterKeyRing(keyThat('ERR_KEY_REFUSED'), [away, keyThat('opens')]),
    ]) {
      await assert.rejects(ring.unwrap('w', 'content'), { code: 'ERR_KEY_UNAVAILABLE' });
    }
  });

  it('refuses what all of them refuse, as the current one does', async () => {
    const refusing = keyThat('ERR_KEY_REFUSED');
    await assert.rejects(new MasterKeyRing(refusing, [refusing]).unwrap('w', 'content'), {
      code: 'ERR_KEY_REFUSED',
    });
  });
});
