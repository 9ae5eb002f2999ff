import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { compressChunk, decompressChunk } from './compress-chunk.ts';

describe('compressChunk', () => {
  it('makes a frame of every size that zstd reads back, small ones included', async () => {
    for (const size of [0, 1, 2, 254, 255, 256, 257, 511, 512, 1023, 1024, 1025, 70_000]) {
      const raw = randomBytes(size);
      const frame = await compressChunk(raw);
      assert.deepEqual(zstdDecompressSync(frame), raw, String(size));
      assert.deepEqual(await decompressChunk(frame, 70_000), raw, String(size));
    }
  });

  it('compresses what is large, and leaves as it is what is small', async () => {
    assert((await compressChunk(Buffer.alloc(2_000, 'a'))).length < 100);
    assert((await compressChunk(Buffer.alloc(1_000, 'a'))).includes(Buffer.alloc(1_000, 'a')));
  });

  it('makes frames that say how long they are: a shorter limit is kept', async () => {
    assert.equal(await decompressChunk(await compressChunk(randomBytes(300)), 299), undefined);
  });

  it('makes no frame of which a part is one', async () => {
    const frame = await compressChunk(randomBytes(300));
    for (let length = 0; length < frame.length; length++) {
      const part = await decompressChunk(frame.subarray(0, length), 1_000);
      assert(part === undefined || part.length < 300, String(length));
    }
  });
});
