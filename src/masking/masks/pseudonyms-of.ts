import { hyphenate } from '../vault/token-text.ts';
import { computeHmac, PSEUDONYM_BYTES, pseudonymPrefix } from './pseudonym.ts';
import type { PseudonymKeys } from './pseudonym-keys.ts';

/** What the pseudonym of one value may be, by the type of the column that shows it. */
export interface PossiblePseudonyms {
  /** Spelled with enough digits that no other value is likely to have them. */
  readonly certain: readonly string[];
  /** Other values have the same, too. */
  readonly vague: readonly string[];
}

/** Bits of the numbers that types have room for. */
const CERTAIN_BITS = [31, 53];
const VAGUE_BITS = [15, 24];
const NUMERIC_BITS = 53;
/** Whole digits of numeric columns that have no room for all bits. */
const NUMERIC_DIGITS_MAX = 15;
/** Characters of columns that have no room for the prefix. */
const DIGITS_MAX = 20;
/** Fewer hexadecimal or decimal digits say too little. */
const CERTAIN_DIGITS_MIN = 8;

/** All forms in which the first net spells the pseudonym of a value, under one domain's keys. */
export function pseudonymsOf(value: string, keys: PseudonymKeys): PossiblePseudonyms {
  const hmac = computeHmac(value, keys);
  const hex = hmac.toString('hex');
  const numbers = (bits: readonly number[]): string[] =>
    bits.map((count) => leadingBits(hmac, count).toString());
  const decimals = Array.from({ length: NUMERIC_DIGITS_MAX }, (_, index) =>
    (leadingBits(hmac, NUMERIC_BITS) % 10n ** BigInt(index + 1)).toString(),
  );
  const digits = Array.from({ length: DIGITS_MAX }, (_, index) => hex.slice(0, index + 1));
  return {
    certain: [
      pseudonymPrefix(keys) + hex.slice(0, 2 * PSEUDONYM_BYTES),
      ...numbers(CERTAIN_BITS),
      hyphenate(`${hex.slice(0, 12)}80${hex.slice(14, 16)}80${hex.slice(18, 32)}`),
      ...digits.slice(CERTAIN_DIGITS_MIN - 1),
      ...decimals.slice(CERTAIN_DIGITS_MIN - 1),
    ],
    vague: [
      ...numbers(VAGUE_BITS),
      ...digits.slice(0, CERTAIN_DIGITS_MIN - 1),
      ...decimals.slice(0, CERTAIN_DIGITS_MIN - 1),
    ],
  };
}

/** The first bits as PostgreSQL takes them of an HMAC: of no more bytes than they need. */
function leadingBits(hmac: Buffer, count: number): bigint {
  const bytes = Math.ceil(count / 8);
  return BigInt(`0x${hmac.toString('hex', 0, bytes)}`) >> BigInt(bytes * 8 - count);
}
