import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { decryptChunk } from './chunk-cipher.ts';

describe('decryptChunk', () => {
  it('takes nothing for a chunk that has no room for a tag, or another one', () => {
    const key = randomBytes(32);
    const header = Buffer.alloc(8);
    for (const length of [0, 1, 15, 16, 17, 64]) {
      assert.equal(decryptChunk(key, 0, header, Buffer.alloc(length)), undefined, `${length}`);
    }
  });
});
