import assert from 'node:assert/strict';
import { createCipheriv, type KeyObject } from 'node:crypto';

const BLOCK_BYTES = 16;
/** Keystream that is made at once: a call of the cipher costs as much as some kilobytes of it. */
const WINDOW_BYTES = 65_536;
const WINDOW_WORDS: number = WINDOW_BYTES / 4;
const ZEROS: Buffer = Buffer.alloc(WINDOW_BYTES);

/**
 * The keystream of AES-256-CTR under one key, from counter block 0 on. Encrypting and decrypting are the same.
 *
 * It knows nothing of what was used: who encrypts must never come back to an offset.
 */
export class Keystream {
  readonly #key: KeyObject;
  #window: Uint32Array = new Uint32Array(0);
  #windowIndex = -1;
  #cipher: ReturnType<typeof createCipheriv> | undefined;

  /** @param key 32 bytes. */
  constructor(key: KeyObject) {
    this.#key = key;
  }

  /**
   * Encrypts or decrypts in place.
   *
   * @param words What to change, from `start` on, `count` words.
   * @param offset In the keystream, in bytes; a multiple of 4.
   */
  apply(words: Uint32Array, start: number, count: number, offset: number): void {
    assert(offset % 4 === 0);
    let at = offset / 4;
    const end = at + count;
    for (let to = start; at < end; ) {
      const index = Math.floor(at / WINDOW_WORDS);
      const window = this.#seek(index);
      const stop = Math.min(end, (index + 1) * WINDOW_WORDS);
      for (let from = at - index * WINDOW_WORDS; at < stop; at++, from++, to++) {
        words[to] = (words[to] ?? 0) ^ (window[from] ?? 0);
      }
    }
  }

  #seek(index: number): Uint32Array {
    if (index === this.#windowIndex) return this.#window;
    if (this.#cipher === undefined || index !== this.#windowIndex + 1) {
      const counter = Buffer.alloc(BLOCK_BYTES);
      counter.writeBigUInt64BE(BigInt(index * (WINDOW_BYTES / BLOCK_BYTES)), 8);
      this.#cipher = createCipheriv('aes-256-ctr', this.#key, counter);
    }
    if (this.#window.length === 0) this.#window = new Uint32Array(WINDOW_WORDS);
    // Copied: the cipher's own memory need not begin where words may begin.
    new Uint8Array(this.#window.buffer).set(this.#cipher.update(ZEROS));
    this.#windowIndex = index;
    return this.#window;
  }
}
