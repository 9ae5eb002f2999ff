import { Ascii } from './ascii.ts';
import type { FieldMask, MaskedValue } from './field-mask.ts';
import { findClosingQuote, quoteValue, unescapeQuoted } from './quoted-value.ts';
import { Splices } from './splices.ts';

/** `MAXDIM` in c.h. */
const DIMENSIONS_MAX = 6;
const NULL_WORD: Buffer = Buffer.from('NULL');

// oxlint-disable-next-line max-lines-per-function -- one pass over the bytes; its parts would share all of its state
/**
 * Looks through the elements of an array in text format: `{a,"b c",NULL}`, `[0:1]={{…},{…}}`.
 *
 * @returns Null if it is not such an array.
 * @see https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 */
export function maskTextArray(
  bytes: Buffer,
  start: number,
  end: number,
  mask: FieldMask,
): MaskedValue {
  let offset = skipBounds(bytes, start, end);
  let depth = 0;
  let wantsValue = true;
  let splices: Splices | undefined;
  while (offset < end) {
    const byte = bytes[offset];
    if (!wantsValue) {
      offset += 1;
      if (byte === Ascii.comma) wantsValue = true;
      else if (byte !== Ascii.closeBrace) return null;
      else if (--depth === 0) return offset === end ? splices?.apply(bytes, start, end) : null;
      continue;
    }
    if (byte === Ascii.openBrace) {
      offset += 1;
      if (++depth > DIMENSIONS_MAX) return null;
      // Only a whole array is empty.
      if (bytes[offset] === Ascii.closeBrace && depth === 1) wantsValue = false;
      continue;
    }
    if (depth === 0) return null;
    const valueStart = offset;
    let masked: MaskedValue;
    if (byte === Ascii.quote) {
      const close = findClosingQuote(bytes, offset + 1, end, 'backslash');
      if (close === undefined) return null;
      offset = close.at + 1;
      masked = close.isEscaped
        ? maskWhole(unescapeQuoted(bytes, valueStart + 1, close.at), mask)
        : mask(bytes, valueStart + 1, close.at);
    } else {
      while (offset < end && !isStructural(bytes[offset] as number)) offset += 1;
      if (offset === valueStart) return null;
      masked = isNullWord(bytes, valueStart, offset) ? undefined : mask(bytes, valueStart, offset);
    }
    if (masked !== undefined) {
      const shown = masked === null ? NULL_WORD : quoteValue(masked, 'backslash');
      splices ??= new Splices();
      splices.add(valueStart, offset, shown);
    }
    wantsValue = false;
  }
  return null;
}

function maskWhole(value: Buffer, mask: FieldMask): MaskedValue {
  return mask(value, 0, value.length);
}

/** Passes over `[1:2][-1:0]=`. Returns where the braces begin. */
function skipBounds(bytes: Buffer, start: number, end: number): number {
  if (bytes[start] !== Ascii.openBracket) return start;
  let offset = start;
  while (offset < end && bytes[offset] !== Ascii.equals) {
    // What is not a bound has no brace behind it in its turn: the caller refuses it.
    if (bytes[offset] === Ascii.openBrace || bytes[offset] === Ascii.quote) return end;
    offset += 1;
  }
  return offset + 1;
}

/** What does not stand outside of quotes in a value. */
function isStructural(byte: number): boolean {
  return (
    byte === Ascii.comma ||
    byte === Ascii.openBrace ||
    byte === Ascii.closeBrace ||
    byte === Ascii.quote ||
    byte === Ascii.backslash
  );
}

function isNullWord(bytes: Buffer, start: number, end: number): boolean {
  return end - start === 4 && /^null$/iu.test(bytes.toString('latin1', start, end));
}
