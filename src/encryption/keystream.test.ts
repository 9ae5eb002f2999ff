import assert from 'node:assert/strict';
import { createCipheriv, createSecretKey } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Keystream } from './keystream.ts';

const KEY = createSecretKey(Buffer.alloc(32, 5));
const STREAM_BYTES = 300_000;
/** What OpenSSL makes of zeros in one call. */
const STREAM = createCipheriv('aes-256-ctr', KEY, Buffer.alloc(16)).update(
  Buffer.alloc(STREAM_BYTES),
);

describe('Keystream', () => {
  it('is that of AES-256-CTR at every place, in whatever order places are asked for', () => {
    const keystream = new Keystream(KEY);
    const place = fc.tuple(
      fc.integer({ min: 0, max: STREAM_BYTES / 4 - 1 }),
      fc.integer({ min: 0, max: 40_000 }),
    );
    fc.assert(
      fc.property(fc.array(place, { maxLength: 5 }), (places) => {
        for (const [from, length] of places) {
          const count = Math.min(length, STREAM_BYTES / 4 - from);
          const words = new Uint32Array(count + 2);
          keystream.apply(words, 1, count, from * 4);
          const bytes = Buffer.from(words.buffer, 4, count * 4);
          assert(bytes.equals(STREAM.subarray(from * 4, (from + count) * 4)));
          assert.equal(words[0], 0);
          assert.equal(words[count + 1], 0);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('decrypts what it encrypted', () => {
    const words = new Uint32Array([1, 2, 3, 4]);
    new Keystream(KEY).apply(words, 0, 4, 65_536 - 8);
    assert.notDeepEqual([...words], [1, 2, 3, 4]);
    new Keystream(KEY).apply(words, 0, 4, 65_536 - 8);
    assert.deepEqual([...words], [1, 2, 3, 4]);
  });
});
