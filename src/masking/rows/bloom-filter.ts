import assert from 'node:assert/strict';

/** Bits that each member sets. */
const PROBES = 3;
const BYTES_AT_FIRST = 32_768;
const BYTES_MIN = 1024;
/** While the filter may say "maybe" wrongly less often than this, it is folded to half its size. */
const FOLDED_FALSE_POSITIVES_MAX = 0.001;

/**
 * A set that may say "maybe" of what is not in it, and never "no" of what is.
 *
 * Bits are numbered from the lowest of the first byte. A 64-bit hash sets the bits
 * `(low + i * (high | 1)) mod bits` for i from 0 to 2, so that a filter whose halves are laid over each
 * other is the filter of half the size.
 */
export class BloomFilter {
  #bits: Buffer;

  /** @param bits As {@link bytes} gave them; a power of two. Default: an empty filter. */
  constructor(bits: Buffer = Buffer.alloc(BYTES_AT_FIRST)) {
    assert(isPowerOfTwo(bits.length), 'a filter has a power of two bytes');
    this.#bits = bits;
  }

  /** Its bits. A copy it is not. */
  get bytes(): Buffer {
    return this.#bits;
  }

  /** Adds a hash, given as two 32-bit halves. */
  add(high: number, low: number): void {
    const mask = this.#bits.length * 8 - 1;
    for (let probe = 0; probe < PROBES; probe++) {
      const bit = (low + Math.imul(probe, high | 1)) & mask;
      this.#bits[bit >>> 3] = (this.#bits[bit >>> 3] as number) | (1 << (bit & 7));
    }
  }

  /** Whether a hash may have been added. */
  mayHave(high: number, low: number): boolean {
    const mask = this.#bits.length * 8 - 1;
    for (let probe = 0; probe < PROBES; probe++) {
      const bit = (low + Math.imul(probe, high | 1)) & mask;
      if (((this.#bits[bit >>> 3] as number) & (1 << (bit & 7))) === 0) return false;
    }
    return true;
  }

  /** How often it says "maybe" of what is not in it, from 0 to 1. */
  falsePositives(): number {
    return falsePositivesOf(this.#bits);
  }

  /** Makes it as small as it can be without saying "maybe" too often. @param bytesMax As small as that in any case. */
  fold(bytesMax: number = BYTES_AT_FIRST): void {
    while (this.#bits.length > BYTES_MIN) {
      const half = this.#bits.length / 2;
      const folded = Buffer.allocUnsafe(half);
      for (let index = 0; index < half; index++) {
        folded[index] = (this.#bits[index] as number) | (this.#bits[half + index] as number);
      }
      const isSmall = this.#bits.length <= bytesMax;
      if (isSmall && falsePositivesOf(folded) > FOLDED_FALSE_POSITIVES_MAX) return;
      this.#bits = folded;
    }
  }
}

/** Whether so many bytes can be a filter. */
export function isPowerOfTwo(size: number): boolean {
  return size > 0 && (size & (size - 1)) === 0;
}

function falsePositivesOf(bits: Buffer): number {
  let set = 0;
  for (const byte of bits) {
    for (let rest = byte; rest !== 0; rest &= rest - 1) set += 1;
  }
  return (set / (bits.length * 8)) ** PROBES;
}
