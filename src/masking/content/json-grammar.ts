import { isLiteralByte, isSpace, JsonByte } from '../detectors/json-byte.ts';

/** What a token of a tape is. */
export const TokenKind = {
  object: 1,
  array: 2,
  key: 3,
  /** A string, or a key, without escapes. */
  string: 4,
  /** A string with escapes. */
  escapedString: 5,
  number: 6,
  /** `true`, `false` or `null`. */
  word: 7,
} as const;

/** Of a key that is none of the names. */
export const UNKNOWN_NAME = -1;
/** Arrays and objects within each other. */
export const DEPTH_MAX = 500;
/** What may stand behind a backslash, by itself. */
export const SHORT_ESCAPES: Buffer = Buffer.from('"\\/bfnrt');
export const LETTER_U = 0x75;
/** `\\u` and four digits. */
export const LONG_ESCAPE_BYTES = 6;
export const HEX_DIGITS: Buffer = Buffer.from('0123456789abcdefABCDEF');

/** What may come next. */
export const Next = {
  value: 0,
  valueOrEnd: 1,
  key: 2,
  keyOrEnd: 3,
  colon: 4,
  commaOrEnd: 5,
} as const;

/** What a byte is between strings. */
export const Sort = {
  other: 0,
  space: 1,
  quote: 2,
  comma: 3,
  open: 4,
  close: 5,
  literal: 6,
} as const;

/** What a byte is between strings, by number of `Sort`. */
export function sortOf(byte: number): number {
  if (isSpace(byte)) return Sort.space;
  if (isLiteralByte(byte)) return Sort.literal;
  switch (byte) {
    case JsonByte.quote:
      return Sort.quote;
    case JsonByte.comma:
      return Sort.comma;
    case JsonByte.openArray:
    case JsonByte.openObject:
      return Sort.open;
    case JsonByte.closeArray:
    case JsonByte.closeObject:
      return Sort.close;
    default:
      return Sort.other;
  }
}
