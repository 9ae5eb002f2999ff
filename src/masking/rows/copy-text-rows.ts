import { Ascii } from './ascii.ts';
import { type ColumnMasks, type CopyRows, expectFields } from './copy-rows.ts';
import type { CopySyntax } from './copy-syntax.ts';
import type { FieldMask, MaskedValue } from './field-mask.ts';
import type { Splices } from './splices.ts';

/** What a letter behind a backslash stands for. */
const CONTROLS: ReadonlyMap<number, number> = new Map([
  [0x62, 0x08], // b
  [0x66, 0x0c], // f
  [0x6e, 0x0a], // n
  [0x72, 0x0d], // r
  [0x74, 0x09], // t
  [0x76, 0x0b], // v
]);
const LETTERS: ReadonlyMap<number, number> = new Map(
  [...CONTROLS].map(([letter, control]) => [control, letter]),
);
/** Behind a backslash a capital X is one: it may be the delimiter. */
const NUMERIC_ESCAPE = /^(?:[0-7]{1,3}|x[0-9A-Fa-f]{1,2})/u;
/** No value is written so. */
const CERTAIN_NULL = '\\N';

/**
 * Rows of a COPY in `text` format.
 *
 * @see https://www.postgresql.org/docs/current/sql-copy.html (File Formats)
 */
export class CopyTextRows implements CopyRows {
  readonly #masks: ColumnMasks;
  readonly #delimiter: number;
  readonly #nullText: Buffer;
  /** A value may be written as NULL is: whoever guesses one could see that it is there. It is taken for a value. */
  readonly #isNullDoubtful: boolean;
  #isHeader: boolean;
  /** Bytes of the row at hand that were looked at, and whether the last of them was a backslash. */
  #looked = 0;

  constructor(masks: ColumnMasks, syntax: Extract<CopySyntax, { kind: 'text' }>) {
    this.#masks = masks;
    this.#delimiter = syntax.delimiter.charCodeAt(0);
    this.#nullText = Buffer.from(syntax.nullText);
    this.#isNullDoubtful = syntax.nullText !== CERTAIN_NULL && syntax.nullText !== '';
    this.#isHeader = syntax.hasHeader;
  }

  findEnd(bytes: Buffer, start: number, end: number): number {
    for (let offset = start + this.#looked; offset < end; offset++) {
      const byte = bytes[offset];
      if (byte === Ascii.backslash) {
        if (offset + 1 === end) {
          this.#looked = offset - start;
          return -1;
        }
        offset += 1;
      } else if (byte === Ascii.lineFeed) {
        this.#looked = 0;
        return offset + 1;
      }
    }
    this.#looked = end - start;
    return -1;
  }

  mask(bytes: Buffer, start: number, end: number, splices: Splices): void {
    if (this.#isHeader) {
      this.#isHeader = false;
      return;
    }
    const last = end - 1;
    let index = 0;
    for (let offset = start; ; offset++) {
      const fieldStart = offset;
      let isEscaped = false;
      for (; offset < last && bytes[offset] !== this.#delimiter; offset++) {
        if (bytes[offset] !== Ascii.backslash) continue;
        isEscaped = true;
        offset += 1;
      }
      const mask = this.#masks[index++];
      if (mask !== undefined && !this.#isNull(bytes, fieldStart, offset)) {
        const masked = isEscaped
          ? maskWhole(mask, unescapeField(bytes, fieldStart, offset))
          : mask(bytes, fieldStart, offset);
        if (masked !== undefined) splices.add(fieldStart, offset, this.#write(masked));
      }
      if (offset >= last) break;
    }
    expectFields(index, this.#masks);
  }

  #isNull(bytes: Buffer, start: number, end: number): boolean {
    const { length } = this.#nullText;
    return (
      !this.#isNullDoubtful &&
      length === end - start &&
      this.#nullText.compare(bytes, start, end) === 0
    );
  }

  #write(value: Buffer | null): Buffer {
    if (value === null) return this.#nullText;
    const result = Buffer.allocUnsafe(2 * value.length);
    let length = 0;
    for (const byte of value) {
      const letter = LETTERS.get(byte);
      if (letter !== undefined || byte === this.#delimiter || byte === Ascii.backslash) {
        result[length++] = Ascii.backslash;
      }
      result[length++] = letter ?? byte;
    }
    return result.subarray(0, length);
  }
}

function maskWhole(mask: FieldMask, value: Buffer): MaskedValue {
  return mask(value, 0, value.length);
}

/** Takes the escapes out of a field in `text` format. */
export function unescapeField(bytes: Buffer, start: number, end: number): Buffer {
  const result = Buffer.allocUnsafe(end - start);
  let length = 0;
  for (let offset = start; offset < end; offset++) {
    let byte = bytes[offset] as number;
    if (byte === Ascii.backslash && offset + 1 < end) {
      offset += 1;
      const escape = bytes[offset] as number;
      const number = NUMERIC_ESCAPE.exec(
        bytes.toString('latin1', offset, Math.min(offset + 3, end)),
      );
      if (number === null) {
        byte = CONTROLS.get(escape) ?? escape;
      } else {
        const [digits] = number;
        const code =
          escape === Ascii.lowerX
            ? Number.parseInt(digits.slice(1), 16)
            : Number.parseInt(digits, 8);
        byte = code & 0xff;
        offset += digits.length - 1;
      }
    }
    result[length++] = byte;
  }
  return result.subarray(0, length);
}
