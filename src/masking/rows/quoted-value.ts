import { Ascii } from './ascii.ts';

/** How a quote and a backslash inside quotes are written: with a backslash before (arrays), or twice (records). */
export type QuoteStyle = 'backslash' | 'double';

/**
 * Finds the quote that ends a quoted value.
 *
 * @param start Behind the opening quote.
 * @returns Undefined if there is none.
 */
export function findClosingQuote(
  bytes: Buffer,
  start: number,
  end: number,
  style: QuoteStyle,
): { readonly at: number; readonly isEscaped: boolean } | undefined {
  let isEscaped = false;
  for (let offset = start; offset < end; offset++) {
    const byte = bytes[offset];
    if (byte === Ascii.backslash) {
      isEscaped = true;
      offset += 1;
    } else if (byte === Ascii.quote) {
      if (style === 'backslash' || bytes[offset + 1] !== Ascii.quote || offset + 1 >= end) {
        return { at: offset, isEscaped };
      }
      isEscaped = true;
      offset += 1;
    }
  }
  return undefined;
}

/** Takes the escapes out of what stands between two quotes. */
export function unescapeQuoted(bytes: Buffer, start: number, end: number): Buffer {
  const result = Buffer.allocUnsafe(end - start);
  let length = 0;
  for (let offset = start; offset < end; offset++) {
    const byte = bytes[offset] as number;
    // A quote inside quotes only occurs twice or behind a backslash: the first of the two goes.
    if (byte === Ascii.backslash || byte === Ascii.quote) offset += 1;
    result[length++] = bytes[offset] as number;
  }
  return result.subarray(0, length);
}

/** Puts a value in quotes. */
export function quoteValue(value: Buffer, style: QuoteStyle): Buffer {
  const result = Buffer.allocUnsafe(2 * value.length + 2);
  let length = 0;
  result[length++] = Ascii.quote;
  for (const byte of value) {
    if (byte === Ascii.quote || byte === Ascii.backslash) {
      result[length++] = style === 'double' ? byte : Ascii.backslash;
    }
    result[length++] = byte;
  }
  result[length++] = Ascii.quote;
  return result.subarray(0, length);
}
