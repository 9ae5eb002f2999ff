import { Ascii } from './ascii.ts';
import { type ColumnMasks, type CopyRows, expectFields } from './copy-rows.ts';
import type { CopySyntax } from './copy-syntax.ts';
import type { MaskedValue } from './field-mask.ts';
import type { Splices } from './splices.ts';

/**
 * Rows of a COPY in `csv` format, taken apart as the server itself would read them.
 *
 * @see CopyReadAttributesCSV in https://github.com/postgres/postgres/blob/master/src/backend/commands/copyfromparse.c
 */
export class CopyCsvRows implements CopyRows {
  readonly #masks: ColumnMasks;
  readonly #delimiter: number;
  readonly #quote: number;
  readonly #escape: number;
  readonly #nullText: Buffer;
  #isHeader: boolean;
  /** Of the row at hand: bytes looked at, and what the last of them left open. */
  #looked = 0;
  #isQuoted = false;
  #isEscaped = false;

  constructor(masks: ColumnMasks, syntax: Extract<CopySyntax, { kind: 'csv' }>) {
    this.#masks = masks;
    this.#delimiter = syntax.delimiter.charCodeAt(0);
    this.#quote = syntax.quote.charCodeAt(0);
    this.#escape = syntax.escape.charCodeAt(0);
    this.#nullText = Buffer.from(syntax.nullText);
    this.#isHeader = syntax.hasHeader;
  }

  findEnd(bytes: Buffer, start: number, end: number): number {
    for (let offset = start + this.#looked; offset < end; offset++) {
      const byte = bytes[offset];
      if (byte === this.#quote && !this.#isEscaped) {
        // A quote written twice closes and opens again, which comes to the same.
        this.#isQuoted = !this.#isQuoted;
      } else if (byte === Ascii.lineFeed && !this.#isQuoted) {
        this.#looked = 0;
        this.#isEscaped = false;
        return offset + 1;
      }
      this.#isEscaped =
        this.#escape !== this.#quote && this.#isQuoted && byte === this.#escape && !this.#isEscaped;
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
      const fieldEnd = this.#findFieldEnd(bytes, offset, last);
      const mask = this.#masks[index++];
      offset = fieldEnd;
      if (mask !== undefined && !this.#isNull(bytes, fieldStart, fieldEnd)) {
        const value = this.#read(bytes, fieldStart, fieldEnd);
        const masked: MaskedValue =
          value === undefined ? mask(bytes, fieldStart, fieldEnd) : mask(value, 0, value.length);
        if (masked !== undefined) splices.add(fieldStart, fieldEnd, this.#write(masked));
      }
      if (offset >= last) break;
    }
    expectFields(index, this.#masks);
  }

  #findFieldEnd(bytes: Buffer, start: number, end: number): number {
    let isQuoted = false;
    for (let offset = start; offset < end; offset++) {
      const byte = bytes[offset];
      if (isQuoted && byte === this.#escape && this.#isEscapable(bytes, offset + 1, end)) {
        offset += 1;
      } else if (byte === this.#quote) {
        isQuoted = !isQuoted;
      } else if (byte === this.#delimiter && !isQuoted) {
        return offset;
      }
    }
    return end;
  }

  /** The value without its quotes and escapes; undefined if it has none. */
  #read(bytes: Buffer, start: number, end: number): Buffer | undefined {
    let result: Buffer | undefined;
    let length = 0;
    let isQuoted = false;
    for (let offset = start; offset < end; offset++) {
      let byte = bytes[offset] as number;
      if (isQuoted && byte === this.#escape && this.#isEscapable(bytes, offset + 1, end)) {
        offset += 1;
        byte = bytes[offset] as number;
      } else if (byte === this.#quote) {
        isQuoted = !isQuoted;
        if (result === undefined) {
          result = Buffer.allocUnsafe(end - start);
          length = bytes.copy(result, 0, start, offset);
        }
        continue;
      }
      if (result !== undefined) result[length++] = byte;
    }
    return result?.subarray(0, length);
  }

  #isEscapable(bytes: Buffer, offset: number, end: number): boolean {
    return offset < end && (bytes[offset] === this.#quote || bytes[offset] === this.#escape);
  }

  #isNull(bytes: Buffer, start: number, end: number): boolean {
    const { length } = this.#nullText;
    return length === end - start && this.#nullText.compare(bytes, start, end) === 0;
  }

  #write(value: Buffer | null): Buffer {
    if (value === null) return this.#nullText;
    const result = Buffer.allocUnsafe(2 * value.length + 2);
    let length = 0;
    result[length++] = this.#quote;
    for (const byte of value) {
      if (byte === this.#quote || byte === this.#escape) result[length++] = this.#escape;
      result[length++] = byte;
    }
    result[length++] = this.#quote;
    return result.subarray(0, length);
  }
}
