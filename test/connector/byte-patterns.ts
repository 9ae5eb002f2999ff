/** Bytes of a pattern by which it is looked for first. */
const KEY_BYTES = 4;
const PAIRS = 65_536;

/** Something that is looked for, and what it is called. */
export interface NamedPattern {
  readonly name: string;
  /** At least four. */
  readonly bytes: Buffer;
}

/** Looks for many patterns at once, in one pass over the bytes. */
export class BytePatterns {
  /** Whether any pattern begins with these two bytes. */
  readonly #pairs: Uint8Array = new Uint8Array(PAIRS);
  readonly #byKey = new Map<number, NamedPattern[]>();
  /** Bytes of the longest. */
  readonly lengthMax: number;

  constructor(patterns: readonly NamedPattern[]) {
    this.lengthMax = Math.max(KEY_BYTES, ...patterns.map(({ bytes }) => bytes.length));
    for (const pattern of patterns) {
      const { bytes } = pattern;
      if (bytes.length < KEY_BYTES)
        throw new RangeError(`Cannot look for ${pattern.name}: too short`);
      this.#pairs[bytes.readUInt16BE(0)] = 1;
      const key = bytes.readUInt32BE(0);
      this.#byKey.set(key, [...(this.#byKey.get(key) ?? []), pattern]);
    }
  }

  /** Adds the names of all that is in the bytes. */
  find(bytes: Buffer, found: Set<string>): void {
    const pairs = this.#pairs;
    const end = bytes.length - KEY_BYTES;
    let pair = bytes[0] ?? 0;
    for (let at = 0; at <= end; at++) {
      pair = ((pair & 0xff) << 8) | (bytes[at + 1] as number);
      if (pairs[pair] === 1) this.#compare(bytes, at, found);
    }
  }

  #compare(bytes: Buffer, at: number, found: Set<string>): void {
    const candidates = this.#byKey.get(bytes.readUInt32BE(at)) ?? [];
    for (const { name, bytes: pattern } of candidates) {
      const end = at + pattern.length;
      if (end > bytes.length) continue;
      if (bytes.compare(pattern, 0, pattern.length, at, end) === 0) found.add(name);
    }
  }
}
