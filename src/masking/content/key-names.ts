/** Slots for each name: few of them are taken, so that most names are found at once. */
const SLOTS_PER_NAME = 8;

export interface NameTables {
  /** Their bytes, by number. */
  readonly names: readonly Buffer[];
  /** By {@link HASH_FACTORS the hash}, from there on: the number of the name plus 1, or 0. A power of two. */
  readonly slots: Uint16Array;
}

/** What the bytes of a key that count are multiplied by: the first, the second, the middle, a late and the last one; its length. */
export const HASH_FACTORS: readonly [number, number, number, number, number, number] = [
  0x9e3779b1, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f, 0x165667b1, 0x2545f491,
];

/** Knows a set of names, each by a number from 0, and finds those of keys by their bytes. */
export class KeyNames {
  readonly size: number;
  readonly #names: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;
  readonly #bytes: readonly Buffer[];
  /** By hash: number of the name plus 1, or 0. */
  readonly #slots: Uint16Array;
  readonly #mask: number;

  /** @param names Some thousand at most. */
  constructor(names: Iterable<string>) {
    this.#names = [...new Set(names)];
    this.size = this.#names.length;
    this.#ids = new Map(this.#names.map((name, id) => [name, id]));
    this.#bytes = this.#names.map((name) => Buffer.from(name));
    const slotCount = 2 ** Math.ceil(Math.log2(this.size * SLOTS_PER_NAME + 1));
    this.#slots = new Uint16Array(slotCount);
    this.#mask = slotCount - 1;
    for (const [id, bytes] of this.#bytes.entries()) {
      let slot = hashKey(bytes, 0, bytes.length) & this.#mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = id + 1;
    }
  }

  /** The number of the name `bytes[start, end)`; -1 if it is none of them. */
  find(bytes: Uint8Array, start: number, end: number): number {
    let slot = hashKey(bytes, start, end) & this.#mask;
    for (;;) {
      const id = (this.#slots[slot] as number) - 1;
      if (id === -1) return -1;
      if (isEqual(this.#bytes[id] as Buffer, bytes, start, end)) return id;
      slot = (slot + 1) & this.#mask;
    }
  }

  /** The same of a text. */
  idOf(name: string): number {
    return this.#ids.get(name) ?? -1;
  }

  /** What {@link find} looks names up in, for who does the same elsewhere. */
  get tables(): NameTables {
    return { names: this.#bytes, slots: this.#slots };
  }

  nameOf(id: number): string {
    return this.#names[id] as string;
  }
}

/** Of a key's length and some of its bytes: keys of one kind of document seldom have all of them in common. */
function hashKey(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length === 0) return 0;
  const first = bytes[start] as number;
  const second = bytes[start + (length > 1 ? 1 : 0)] as number;
  const middle = bytes[start + (length >> 1)] as number;
  const late = bytes[end - (length > 3 ? 3 : 1)] as number;
  const last = bytes[end - 1] as number;
  const [ofFirst, ofSecond, ofMiddle, ofLate, ofLast, ofLength] = HASH_FACTORS;
  const hash =
    Math.imul(first, ofFirst) +
    Math.imul(second, ofSecond) +
    Math.imul(middle, ofMiddle) +
    Math.imul(late, ofLate) +
    Math.imul(last, ofLast) +
    Math.imul(length, ofLength);
  return (hash ^ (hash >>> 15)) >>> 0;
}

function isEqual(name: Buffer, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let index = 0; index < name.length; index++) {
    if (name[index] !== bytes[start + index]) return false;
  }
  return true;
}
