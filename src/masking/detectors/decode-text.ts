import type { FoldedText } from './fold-text.ts';

/** Hexadecimal digits behind the mark. */
const CODE_BYTES = 3;
const PERCENT = 0x25;
const EQUALS = 0x3d;
const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const DELETE = 0x7f;
const BACKSLASH = 0x5c;
const SMALL_U = 0x75;

/** The pattern of bytes that may begin to be read otherwise: see {@link decodeText}. */
export const CODED_PATTERN =
  '%(0[9AaDd]|[2-7][0-9A-Fa-f]|[C-Ec-e][0-9A-Fa-f])|=(2[0-9A-Fa-f]|3[A-Fa-f]|40|5[B-Fb-f]|60|7[B-Eb-e]|[C-Ec-e][0-9A-Fa-f]|\\r?\\n)|\\\\["/nrtu]';

/** Bytes by the character behind a backslash. */
const ESCAPED: ReadonlyMap<number, number> = new Map([
  [0x22, 0x22],
  [0x2f, 0x2f],
  [0x6e, LINE_FEED],
  [0x72, CARRIAGE_RETURN],
  [0x74, TAB],
]);
/** Backslashes before one character: a document in a document in a document has seven. */
const BACKSLASHES_MAX = 15;
const HEX_DIGITS = 4;

/**
 * Writes the characters that stand in a text as codes: `%2D` as in URLs (RFC 3986, section 2.1), `=2D` as in mail, where `=` at
 * the end of a line says that the line goes on (RFC 2045, section 6.7), `\n`, `\"` and `\u002d` as in JSON that stands in a text
 * (RFC 8259, section 7), also with more backslashes. As all can be meant as they stand ("age=40"), this is a second way to read a
 * text, never the only one.
 */
export function decodeText(bytes: Uint8Array, start: number, end: number): FoldedText {
  const decoded = new Uint8Array(end - start);
  const origins = new Uint32Array(end - start + 1);
  let length = 0;
  let offset = start;
  while (offset < end) {
    const taken = codeLength(bytes, offset, end);
    if (taken === 1) {
      decoded[length] = bytes[offset] as number;
      origins[length++] = offset;
    } else {
      for (const byte of meaningOf(bytes, offset, taken)) {
        decoded[length] = byte;
        origins[length++] = offset;
      }
    }
    offset += taken;
  }
  origins[length] = end;
  return { bytes: decoded.subarray(0, length), origins };
}

/** The bytes that the `taken` bytes of a code stand for; none where a line goes on. */
function meaningOf(bytes: Uint8Array, offset: number, taken: number): Iterable<number> {
  if (bytes[offset] !== BACKSLASH) {
    return isLineBreak(bytes[offset + 1] as number) ? [] : [codeAt(bytes, offset)];
  }
  const last = offset + taken - 1;
  const escaped = ESCAPED.get(bytes[last] as number);
  const isUnit = taken > HEX_DIGITS + 1 && bytes[last - HEX_DIGITS] === SMALL_U;
  if (!isUnit) return escaped === undefined ? [] : [escaped];
  const unit = hexAt(bytes, last + 1 - HEX_DIGITS);
  return Buffer.from(String.fromCharCode(Math.max(unit, SPACE)));
}

/** Where what stands at `offset` ends: a code, or one byte. */
export function endOfDecoded(bytes: Uint8Array, offset: number, end: number): number {
  return offset + codeLength(bytes, offset, end);
}

/** Bytes of the code that begins here; 1 if none does. */
function codeLength(bytes: Uint8Array, offset: number, end: number): number {
  const mark = bytes[offset];
  if (mark === BACKSLASH) return escapeLength(bytes, offset, end);
  if (mark !== PERCENT && mark !== EQUALS) return 1;
  if (mark === EQUALS && bytes[offset + 1] === LINE_FEED && offset + 1 < end) return 2;
  if (offset + CODE_BYTES > end) return 1;
  if (mark === EQUALS && bytes[offset + 1] === CARRIAGE_RETURN) {
    return bytes[offset + 2] === LINE_FEED ? CODE_BYTES : 1;
  }
  const code = codeAt(bytes, offset);
  if (!isShown(code)) return 1;
  return mark === EQUALS && code < DELETE && isNumber(bytes, offset, end) ? 1 : CODE_BYTES;
}

/** Bytes of the escape that begins here: backslashes, and what they escape; 1 if none does. */
function escapeLength(bytes: Uint8Array, offset: number, end: number): number {
  let at = offset;
  while (at < end && at - offset < BACKSLASHES_MAX && bytes[at] === BACKSLASH) at += 1;
  if (at >= end) return 1;
  if (ESCAPED.has(bytes[at] as number)) return at + 1 - offset;
  const isUnit = bytes[at] === SMALL_U && at + HEX_DIGITS < end;
  return isUnit && !Number.isNaN(hexAt(bytes, at + 1)) ? at + 1 + HEX_DIGITS - offset : 1;
}

/** The number of four hexadecimal digits; NaN if they are none. */
function hexAt(bytes: Uint8Array, offset: number): number {
  let number = 0;
  for (let at = offset; at < offset + HEX_DIGITS; at++) number = 16 * number + digitAt(bytes, at);
  return number;
}

/** Whether what stands behind the mark is a number of more than its digits: "mrn=4012345". */
function isNumber(bytes: Uint8Array, offset: number, end: number): boolean {
  const isDigit = (at: number): boolean => at < end && digitAt(bytes, at) < 10;
  return isDigit(offset + 1) && isDigit(offset + 2) && isDigit(offset + CODE_BYTES);
}

/** NaN if it is no code. */
function codeAt(bytes: Uint8Array, offset: number): number {
  return 16 * digitAt(bytes, offset + 1) + digitAt(bytes, offset + 2);
}

/** The value of a hexadecimal digit; NaN for what is none. */
function digitAt(bytes: Uint8Array, offset: number): number {
  const byte = bytes[offset] as number;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : Number.NaN;
}

/** Whether a code stands for what a text has: no control character but those of lines. */
function isShown(code: number): boolean {
  return (code >= SPACE && code !== DELETE) || code === TAB || isLineBreak(code);
}

function isLineBreak(byte: number): boolean {
  return byte === LINE_FEED || byte === CARRIAGE_RETURN;
}
