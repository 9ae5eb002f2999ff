/** Places: two words each, 8 MiB in all. */
const PLACES = 2 ** 20;
const DIGITS = 16;
const HALF = 8;

/**
 * Pseudonyms that are known to be stored, as many as there is room for: of two that want the same place the later one has
 * it. A pseudonym is 64 bits that nobody can foresee, so they are all that is kept of it, and say where.
 */
export class KnownPseudonyms {
  /** Both halves of each; made when it is needed first. */
  #words: Uint32Array | undefined;

  add(pseudonym: string): void {
    if (!hasDigits(pseudonym)) return;
    this.#words ??= new Uint32Array(2 * PLACES);
    const [high, low] = readDigits(pseudonym);
    const place = 2 * (low % PLACES);
    this.#words[place] = high;
    this.#words[place + 1] = low;
  }

  has(pseudonym: string): boolean {
    const words = this.#words;
    if (words === undefined || !hasDigits(pseudonym)) return false;
    const [high, low] = readDigits(pseudonym);
    const place = 2 * (low % PLACES);
    return words[place] === high && words[place + 1] === low && (high | low) !== 0;
  }
}

/** `ps1_` or `ps12_`, then the digits. */
function hasDigits(pseudonym: string): boolean {
  return pseudonym.at(-DIGITS - 1) === '_';
}

/** The halves of the number that a pseudonym ends with. */
function readDigits(pseudonym: string): readonly [high: number, low: number] {
  const start = pseudonym.length - DIGITS;
  return [readHalf(pseudonym, start), readHalf(pseudonym, start + HALF)];
}

function readHalf(pseudonym: string, start: number): number {
  let value = 0;
  for (let index = start; index < start + HALF; index++) {
    const code = pseudonym.charCodeAt(index);
    value = (value << 4) | (code < 0x40 ? code & 0xf : (code & 0xf) + 9);
  }
  return value >>> 0;
}
