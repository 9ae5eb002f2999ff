/** Bytes of the longest text that is remembered: a multiple of four. */
const TEXT_BYTES_MAX = 64;
const TEXT_WORDS = TEXT_BYTES_MAX / 4;
const SLOTS_AT_FIRST = 16;
const SLOTS_MAX = 2048;
const FACTOR = 0x9e37_79b1;

/**
 * Remembers what short ranges of bytes say, so that those that come again and again are decoded and hashed once: codes,
 * their systems, dates. Of two that want the same place the later one has it. It belongs to one content, and is
 * forgotten with it: nobody can tell by time what others were shown.
 */
export class InternedTexts {
  #slots = SLOTS_AT_FIRST;
  #words: Int32Array = new Int32Array(SLOTS_AT_FIRST * TEXT_WORDS);
  #texts: string[] = makeTexts(SLOTS_AT_FIRST);
  /** In bytes; of an empty place 0, which no text that is looked for has. */
  #lengths: Uint8Array = new Uint8Array(SLOTS_AT_FIRST);
  #misses = 0;
  #bytes: Buffer | undefined;
  #view: DataView | undefined;
  /** The words of the text at hand. */
  readonly #wanted: Int32Array = new Int32Array(TEXT_WORDS);

  /** What `bytes[start, end)` says in UTF-8. */
  find(bytes: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length === 0) return '';
    if (length > TEXT_BYTES_MAX) return bytes.toString('utf8', start, end);
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    const slot = this.#readWords(bytes, start, length) & (this.#slots - 1);
    return this.#isAt(slot, length)
      ? (this.#texts[slot] as string)
      : this.#remember(bytes, start, end, slot);
  }

  /** Reads the words of a text, the last one filled up with zeros; returns their hash. */
  #readWords(bytes: Buffer, start: number, length: number): number {
    const wanted = this.#wanted;
    const view = this.#view as DataView;
    const count = length >> 2;
    let hash = length;
    for (let word = 0; word < count; word++) {
      const value = view.getInt32(start + 4 * word, true);
      wanted[word] = value;
      hash = Math.imul(hash ^ value, FACTOR);
      hash ^= hash >>> 15;
    }
    if (length === 4 * count) return hash;
    let last = 0;
    for (let offset = start + 4 * count; offset < start + length; offset++) {
      last = (last << 8) | (bytes[offset] as number);
    }
    wanted[count] = last;
    hash = Math.imul(hash ^ last, FACTOR);
    return hash ^ (hash >>> 15);
  }

  #isAt(slot: number, length: number): boolean {
    if (this.#lengths[slot] !== length) return false;
    const words = this.#words;
    const wanted = this.#wanted;
    const first = slot * TEXT_WORDS;
    for (let word = (length + 3) >> 2; word-- > 0; ) {
      if (words[first + word] !== wanted[word]) return false;
    }
    return true;
  }

  #remember(bytes: Buffer, start: number, end: number, slot: number): string {
    const text = bytes.toString('utf8', start, end);
    this.#misses += 1;
    if (this.#misses > this.#slots && this.#slots < SLOTS_MAX) this.#grow();
    // Where there is more room now, the place is not its own any more: it is found again when it comes again.
    else {
      this.#texts[slot] = text;
      this.#lengths[slot] = end - start;
      this.#words.set(this.#wanted, slot * TEXT_WORDS);
    }
    return text;
  }

  #grow(): void {
    this.#slots *= 4;
    this.#misses = 0;
    this.#words = new Int32Array(this.#slots * TEXT_WORDS);
    this.#texts = makeTexts(this.#slots);
    this.#lengths = new Uint8Array(this.#slots);
  }
}

function makeTexts(count: number): string[] {
  return Array.from<string>({ length: count }).fill('');
}
