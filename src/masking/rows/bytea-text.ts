import { Ascii } from './ascii.ts';

const OCTAL_ESCAPE = /^[0-3][0-7]{2}$/u;

/**
 * Decodes a `bytea` in text format, `hex` or `escape`. Undefined if it is neither.
 *
 * @see https://www.postgresql.org/docs/current/datatype-binary.html
 */
export function decodeByteaText(bytes: Buffer, start: number, end: number): Buffer | undefined {
  if (bytes[start] !== Ascii.backslash || bytes[start + 1] !== Ascii.lowerX || end - start < 2) {
    return decodeEscapeFormat(bytes, start, end);
  }
  const digits = end - start - 2;
  const decoded = Buffer.from(bytes.toString('latin1', start + 2, end), 'hex');
  return decoded.length * 2 === digits ? decoded : undefined;
}

/** Encodes a `bytea` as text, in the `hex` format. */
export function encodeByteaText(value: Buffer): Buffer {
  return Buffer.from(`\\x${value.toString('hex')}`, 'latin1');
}

function decodeEscapeFormat(bytes: Buffer, start: number, end: number): Buffer | undefined {
  const result = Buffer.allocUnsafe(end - start);
  let length = 0;
  for (let offset = start; offset < end; offset++) {
    let byte = bytes[offset] as number;
    if (byte === Ascii.backslash) {
      if (offset + 1 < end && bytes[offset + 1] === Ascii.backslash) {
        offset += 1;
      } else {
        const digits = bytes.toString('latin1', offset + 1, Math.min(offset + 4, end));
        if (!OCTAL_ESCAPE.test(digits)) return undefined;
        byte = Number.parseInt(digits, 8);
        offset += 3;
      }
    }
    result[length++] = byte;
  }
  return result.subarray(0, length);
}
