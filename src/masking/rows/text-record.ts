import { Ascii } from './ascii.ts';
import type { MaskedValue } from './field-mask.ts';
import { findClosingQuote, quoteValue, unescapeQuoted } from './quoted-value.ts';
import { Splices } from './splices.ts';

/** Looks through one field of a record. */
export type RecordFieldMask = (
  index: number,
  bytes: Buffer,
  start: number,
  end: number,
) => MaskedValue;

const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Looks through the fields of a row in text format: `(1,"b c",,"""")`.
 *
 * @param fieldCount How many fields there must be; undefined if that is not known.
 * @returns Null if it is not such a row.
 * @see https://www.postgresql.org/docs/current/rowtypes.html#ROWTYPES-IO-SYNTAX
 */
export function maskTextRecord(
  value: Buffer,
  fieldCount: number | undefined,
  mask: RecordFieldMask,
): MaskedValue {
  const last = value.length - 1;
  if (value[0] !== Ascii.openParenthesis || value[last] !== Ascii.closeParenthesis) return null;
  if (last === 1) return fieldCount === undefined || fieldCount <= 1 ? undefined : null;
  let splices: Splices | undefined;
  let index = 0;
  let offset = 1;
  for (; ; index++) {
    const start = offset;
    let masked: MaskedValue;
    if (value[offset] === Ascii.quote) {
      const close = findClosingQuote(value, offset + 1, last, 'double');
      if (close === undefined) return null;
      offset = close.at + 1;
      if (close.isEscaped) {
        const plain = unescapeQuoted(value, start + 1, close.at);
        masked = mask(index, plain, 0, plain.length);
      } else {
        masked = mask(index, value, start + 1, close.at);
      }
    } else {
      while (offset < last && value[offset] !== Ascii.comma) {
        if (isQuotedAlways(value[offset] as number)) return null;
        offset += 1;
      }
      // Nothing between two commas is NULL.
      masked = offset === start ? undefined : mask(index, value, start, offset);
    }
    if (masked !== undefined) {
      splices ??= new Splices();
      splices.add(start, offset, masked === null ? NOTHING : quoteValue(masked, 'double'));
    }
    if (offset === last) break;
    if (value[offset] !== Ascii.comma) return null;
    offset += 1;
  }
  if (fieldCount !== undefined && index + 1 !== fieldCount) return null;
  return splices?.apply(value, 0, value.length);
}

/** What the server never writes outside of quotes. */
function isQuotedAlways(byte: number): boolean {
  return (
    byte === Ascii.quote ||
    byte === Ascii.backslash ||
    byte === Ascii.openParenthesis ||
    byte === Ascii.closeParenthesis
  );
}
