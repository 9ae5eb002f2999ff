/** Places: two words each, 8 MiB in all. */
const PLACES = 2 ** 20;
/** Places next to each other, in any of which the same pseudonyms may be. */
const GROUP_PLACES = 4;
const GROUPS = PLACES / GROUP_PLACES;
const GROUP_WORDS = 2 * GROUP_PLACES;
const DIGITS = 16;
const HALF = 8;
const UNDERSCORE = 0x5f;

/**
 * Pseudonyms that are known to be stored, as many as there is room for: where too many want the same places, the one that
 * came first gives way. A pseudonym is 64 bits that nobody can foresee, so they are all that is kept of it, and say where.
 */
export class KnownPseudonyms {
  /** Both halves of each, the latest of a group first; made when it is needed first. */
  #words: Int32Array | undefined;

  add(pseudonym: string): void {
    if (!hasDigits(pseudonym)) return;
    this.#words ??= new Int32Array(2 * PLACES);
    const high = readHalf(pseudonym, DIGITS);
    const low = readHalf(pseudonym, HALF);
    const first = firstWordOf(low);
    this.#words.copyWithin(first + 2, first, first + GROUP_WORDS - 2);
    this.#words[first] = high;
    this.#words[first + 1] = low;
  }

  has(pseudonym: string): boolean {
    const words = this.#words;
    if (words === undefined || !hasDigits(pseudonym)) return false;
    const high = readHalf(pseudonym, DIGITS);
    const low = readHalf(pseudonym, HALF);
    if ((high | low) === 0) return false;
    const first = firstWordOf(low);
    for (let word = first; word < first + GROUP_WORDS; word += 2) {
      if (words[word] === high && words[word + 1] === low) return true;
    }
    return false;
  }
}

function firstWordOf(low: number): number {
  return GROUP_WORDS * (low & (GROUPS - 1));
}

/** `ps1_` or `ps12_`, then the digits. */
function hasDigits(pseudonym: string): boolean {
  return pseudonym.charCodeAt(pseudonym.length - DIGITS - 1) === UNDERSCORE;
}

/** The eight hexadecimal digits that begin so many in front of the end, as 32 bits. */
function readHalf(pseudonym: string, distance: number): number {
  const start = pseudonym.length - distance;
  let bits = 0;
  for (let index = start; index < start + HALF; index++) {
    const code = pseudonym.charCodeAt(index);
    // Letters are those with a bit that digits have not.
    bits = (bits << 4) | ((code & 0xf) + 9 * (code >> 6));
  }
  return bits;
}
