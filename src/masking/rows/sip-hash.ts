import assert from 'node:assert/strict';

/** Bytes of its key. */
export const SIP_KEY_BYTES = 16;

/**
 * SipHash-2-4: a fast keyed hash of 64 bits for short inputs.
 *
 * Without the key nobody can tell which input has which hash. 64-bit words are kept as two signed
 * 32-bit halves, because BigInt would cost a hundred times as much.
 *
 * @see Aumasson, Bernstein: SipHash: a fast short-input PRF. https://www.aumasson.jp/siphash/
 */
export class SipHash {
  /** The upper half of the last hash, as a signed 32-bit number. */
  high = 0;
  /** The lower half of the last hash, as a signed 32-bit number. */
  low = 0;
  readonly #key0Low: number;
  readonly #key0High: number;
  readonly #key1Low: number;
  readonly #key1High: number;

  /** @param key 16 bytes. */
  constructor(key: Buffer) {
    assert.equal(key.length, SIP_KEY_BYTES);
    this.#key0Low = key.readInt32LE(0);
    this.#key0High = key.readInt32LE(4);
    this.#key1Low = key.readInt32LE(8);
    this.#key1High = key.readInt32LE(12);
  }

  /** Hashes `bytes[start, end)`; the hash is in {@link high} and {@link low} afterwards. */
  // oxlint-disable-next-line max-lines-per-function -- eight registers; a function for a round could not return them without allocating
  update(bytes: Buffer, start: number, end: number): void {
    let v0l = this.#key0Low ^ 0x70736575;
    let v0h = this.#key0High ^ 0x736f6d65;
    let v1l = this.#key1Low ^ 0x6e646f6d;
    let v1h = this.#key1High ^ 0x646f7261;
    let v2l = this.#key0Low ^ 0x6e657261;
    let v2h = this.#key0High ^ 0x6c796765;
    let v3l = this.#key1Low ^ 0x79746573;
    let v3h = this.#key1High ^ 0x74656462;
    const length = end - start;
    const blocks = length >>> 3;
    let ml = 0;
    let mh = 0;
    let sum = 0;
    let swap = 0;
    // Per block two rounds; behind the last one, which holds the length, four more.
    for (let block = 0; block <= blocks + 1; block++) {
      const offset = start + block * 8;
      let rounds = 2;
      if (block < blocks) {
        ml =
          (bytes[offset] as number) |
          ((bytes[offset + 1] as number) << 8) |
          ((bytes[offset + 2] as number) << 16) |
          ((bytes[offset + 3] as number) << 24);
        mh =
          (bytes[offset + 4] as number) |
          ((bytes[offset + 5] as number) << 8) |
          ((bytes[offset + 6] as number) << 16) |
          ((bytes[offset + 7] as number) << 24);
      } else if (block === blocks) {
        ml = 0;
        mh = length << 24;
        for (let index = 0; offset + index < end; index++) {
          const byte = bytes[offset + index] as number;
          if (index < 4) ml |= byte << (8 * index);
          else mh |= byte << (8 * (index - 4));
        }
      } else {
        ml = 0;
        mh = 0;
        v2l ^= 0xff;
        rounds = 4;
      }
      v3l ^= ml;
      v3h ^= mh;
      for (; rounds > 0; rounds--) {
        sum = (v0l >>> 0) + (v1l >>> 0);
        v0h = (v0h + v1h + (sum > 0xffff_ffff ? 1 : 0)) | 0;
        v0l = sum | 0;
        swap = (v1l << 13) | (v1h >>> 19);
        v1h = ((v1h << 13) | (v1l >>> 19)) ^ v0h;
        v1l = swap ^ v0l;
        swap = v0l;
        v0l = v0h;
        v0h = swap;
        sum = (v2l >>> 0) + (v3l >>> 0);
        v2h = (v2h + v3h + (sum > 0xffff_ffff ? 1 : 0)) | 0;
        v2l = sum | 0;
        swap = (v3l << 16) | (v3h >>> 16);
        v3h = ((v3h << 16) | (v3l >>> 16)) ^ v2h;
        v3l = swap ^ v2l;
        sum = (v0l >>> 0) + (v3l >>> 0);
        v0h = (v0h + v3h + (sum > 0xffff_ffff ? 1 : 0)) | 0;
        v0l = sum | 0;
        swap = (v3l << 21) | (v3h >>> 11);
        v3h = ((v3h << 21) | (v3l >>> 11)) ^ v0h;
        v3l = swap ^ v0l;
        sum = (v2l >>> 0) + (v1l >>> 0);
        v2h = (v2h + v1h + (sum > 0xffff_ffff ? 1 : 0)) | 0;
        v2l = sum | 0;
        swap = (v1l << 17) | (v1h >>> 15);
        v1h = ((v1h << 17) | (v1l >>> 15)) ^ v2h;
        v1l = swap ^ v2l;
        swap = v2l;
        v2l = v2h;
        v2h = swap;
      }
      v0l ^= ml;
      v0h ^= mh;
    }
    this.low = v0l ^ v1l ^ v2l ^ v3l;
    this.high = v0h ^ v1h ^ v2h ^ v3h;
  }
}
