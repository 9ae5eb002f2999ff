import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SipHash } from './sip-hash.ts';

/** The key 00 01 … 0f of the reference implementation's test vectors. */
const KEY = Buffer.from(Array.from({ length: 16 }, (_, index) => index));

/** `vectors_sip64` of the reference implementation, as numbers: hash of the bytes 00 01 … of each length. */
const VECTORS: readonly (readonly [number, string])[] = [
  [0, '726fdb47dd0e0e31'],
  [1, '74f839c593dc67fd'],
  [2, '0d6c8009d9a94f5a'],
  [3, '85676696d7fb7e2d'],
  [7, 'ab0200f58b01d137'],
  [8, '93f5f5799a932462'],
  [9, '9e0082df0ba9e4b0'],
  [15, 'a129ca6149be45e5'],
];

describe('SipHash', () => {
  it('gives the hashes of the reference implementation', () => {
    const hash = new SipHash(KEY);
    for (const [length, expected] of VECTORS) {
      const bytes = Buffer.from(Array.from({ length: length + 4 }, (_, index) => index - 2));
      hash.update(bytes, 2, 2 + length);
      const digest = Buffer.alloc(8);
      digest.writeInt32BE(hash.high, 0);
      digest.writeInt32BE(hash.low, 4);
      assert.equal(digest.toString('hex'), expected, `${length} bytes`);
    }
  });
});
