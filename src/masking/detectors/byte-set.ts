/** A set of bytes: 256 entries, 1 for a byte that is in it. */
export type ByteSet = Readonly<Uint8Array>;

/** The set of the bytes for which `holds` is true. */
export function byteSetWhere(holds: (byte: number) => boolean): ByteSet {
  return Uint8Array.from({ length: 256 }, (_, byte) => (holds(byte) ? 1 : 0));
}

const sets: (ByteSet | undefined)[] = [];

/** The set of one byte. The same object for the same byte: patterns hold thousands. */
export function byteSetOf(byte: number): ByteSet {
  sets[byte] ??= byteSetWhere((other) => other === byte);
  return sets[byte];
}

/** Every byte that is in one of the sets. */
export function unionOf(sets: readonly ByteSet[]): ByteSet {
  return byteSetWhere((byte) => sets.some((set) => set[byte] === 1));
}

/** Every byte that is not in the set. */
export function complementOf(set: ByteSet): ByteSet {
  return byteSetWhere((byte) => set[byte] === 0);
}

const inBothCases = new WeakMap<ByteSet, ByteSet>();

/** The set with the other case of each ASCII letter in it. The same object for the same set. */
export function withBothCases(set: ByteSet): ByteSet {
  let both = inBothCases.get(set);
  if (both === undefined) {
    both = byteSetWhere((byte) => set[byte] === 1 || (isLetter(byte) && set[byte ^ 0x20] === 1));
    inBothCases.set(set, both);
  }
  return both;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isLetter(byte: number): boolean {
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

/** ASCII letters and digits: what makes a word, and so where `\b` is. */
export function isWordByte(byte: number): boolean {
  return isDigit(byte) || isLetter(byte);
}

/** `0` to `9`. */
export const DIGITS: ByteSet = byteSetWhere(isDigit);
/** As `\w` in other languages: with the underscore. */
export const WORD: ByteSet = byteSetWhere((byte) => isWordByte(byte) || byte === 0x5f);
export const SPACE: ByteSet = byteSetWhere(
  (byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d),
);
export const ANY_BUT_NEWLINE: ByteSet = byteSetWhere((byte) => byte !== 0x0a);
