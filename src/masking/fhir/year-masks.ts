import type { MaskValue } from '../content/content-masks.ts';

/** `YYYY-MM-DD`, in bytes; a time of day behind it makes it no longer than that. */
const DATE_BYTES = 10;
const DATE_TIME_BYTES_MAX = 40;
const NO_YEAR = -1;
const ZERO = 0x30;
const HYPHEN = 0x2d;
const SLASH = 0x2f;
const PLUS = 0x2b;
const COLON = 0x3a;
const LETTER_T = 0x54;
const LETTER_Z = 0x5a;

/** Masks dates of which nothing but the year matters, without making texts of them. */
export class YearMasks {
  readonly #mask: MaskValue;
  readonly #byYear = new Map<number, string | null>();

  /** @param mask Makes the same of all dates of one year. */
  constructor(mask: MaskValue) {
    this.#mask = mask;
  }

  /** What becomes of the date `bytes[start, end)`; undefined if it is not written plainly, as a day with or without its time. */
  find(bytes: Buffer, start: number, end: number): string | null | undefined {
    const year = readYear(bytes, start, end);
    if (year === NO_YEAR) return undefined;
    let masked = this.#byYear.get(year);
    if (masked === undefined) {
      masked = this.#mask(`${year}-01-01`);
      this.#byYear.set(year, masked);
    }
    return masked;
  }
}

function readYear(bytes: Buffer, start: number, end: number): number {
  const length = end - start;
  if (length < DATE_BYTES || length > DATE_TIME_BYTES_MAX) return NO_YEAR;
  if (bytes[start + 4] !== HYPHEN || bytes[start + 7] !== HYPHEN) return NO_YEAR;
  if (!isDigit(bytes, start + 6, 9) || !isDigit(bytes, start + 9, 9)) return NO_YEAR;
  if (!isDigit(bytes, start + 5, 1) || !isDigit(bytes, start + 8, 3)) return NO_YEAR;
  if (length > DATE_BYTES && !isTime(bytes, start + DATE_BYTES, end)) return NO_YEAR;
  let year = 0;
  for (let offset = start; offset < start + 4; offset++) {
    if (!isDigit(bytes, offset, 9)) return NO_YEAR;
    year = 10 * year + (bytes[offset] as number) - ZERO;
  }
  return year >= 1000 && year < 3000 ? year : NO_YEAR;
}

function isDigit(bytes: Buffer, offset: number, max: number): boolean {
  const digit = (bytes[offset] as number) - ZERO;
  return digit >= 0 && digit <= max;
}

/** Whether it is made of what times are made of, as the mask `year` has it. */
function isTime(bytes: Buffer, start: number, end: number): boolean {
  if (bytes[start] !== LETTER_T) return false;
  for (let offset = start + 1; offset < end; offset++) {
    const byte = bytes[offset] as number;
    const isOfTime = (byte >= PLUS && byte <= COLON && byte !== SLASH) || byte === LETTER_Z;
    if (!isOfTime) return false;
  }
  return true;
}
