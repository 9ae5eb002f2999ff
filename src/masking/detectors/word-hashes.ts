/** Bytes of a word. No name is longer. */
export const WORD_BYTES_MAX = 24;

/** FNV-1a, 32 bits. */
export const HASH_START = 0x811c_9dc5;
export const HASH_FACTOR = 0x0100_0193;

/**
 * A set of words by their hashes, letters only, without regard to case. A word that is not in it is
 * taken for one with a probability of 1 in 10^6: what is found is looked up in full afterwards.
 */
export class WordHashes {
  /** Open addressing; 0 is free. The length is a power of two. */
  readonly slots: Uint32Array;

  constructor(words: readonly string[]) {
    const length = 2 ** Math.ceil(Math.log2(2 * words.length + 2));
    this.slots = new Uint32Array(length);
    for (const word of words) this.#insert(hashOf(word));
  }

  /** Where the word of letters at `start` ends, if it is one of these. */
  findWord(bytes: Uint8Array, start: number, end: number): number | undefined {
    let hash = HASH_START;
    let offset = start;
    for (; offset < end; offset++) {
      const letter = (bytes[offset] as number) & 0xdf;
      if (letter < 0x41 || letter > 0x5a) break;
      hash = Math.imul(hash ^ letter, HASH_FACTOR);
      if (offset - start >= WORD_BYTES_MAX) return undefined;
    }
    return this.#has(hash >>> 0 || 1) ? offset : undefined;
  }

  #has(hash: number): boolean {
    const mask = this.slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const found = this.slots[slot];
      if (found === hash) return true;
      if (found === 0) return false;
    }
  }

  #insert(hash: number): void {
    const mask = this.slots.length - 1;
    let slot = hash & mask;
    while (this.slots[slot] !== 0 && this.slots[slot] !== hash) slot = (slot + 1) & mask;
    this.slots[slot] = hash;
  }
}

function hashOf(word: string): number {
  let hash = HASH_START;
  for (const character of word.toUpperCase()) {
    hash = Math.imul(hash ^ character.charCodeAt(0), HASH_FACTOR);
  }
  return hash >>> 0 || 1;
}
