import { ContentFormatError, type ContentMasker } from '../content-masker.ts';
import { REDACTED_TEXT } from '../masks/redacted-text.ts';
import type { FieldMask } from '../rows/field-mask.ts';
import type { EvidenceFields } from '../rows/result-evidence.ts';
import { ChangedBytes } from './changed-bytes.ts';
import type { ContentFindings } from './content-findings.ts';
import { KeptBytes } from './kept-bytes.ts';

/** Longest row. */
const ROW_BYTES_MAX = 4 * 1024 * 1024;
const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf);

/** What becomes of the columns of one file, once its first row is known. */
export interface CsvColumns {
  /** One for each column; undefined where values stay as they are. */
  readonly masks: readonly (FieldMask | undefined)[];
  /** Which of them says whose row it is; -1 if none does. */
  readonly patientColumn: number;
}

/** How a CSV file is written, and what is to be masked in it. */
export interface CsvContent {
  /** One byte. */
  readonly delimiter: number;
  readonly hasHeader: boolean;
  /**
   * Told the names in the first row, or of a file without such a row how many columns it has.
   *
   * @throws {ContentFormatError} If the names are not those of a file that can be masked.
   */
  readonly chooseColumns: (names: readonly string[]) => CsvColumns;
  /** Masks a name in the first row that is no column's name but somebody's. */
  readonly maskName: FieldMask;
}

/**
 * Masks the rows of RFC 4180: quotes written twice, line breaks in quoted cells, any delimiter. Other programs may read a
 * row differently that has a quote where none belongs, or another number of cells than the first: such rows are withheld.
 */
export class CsvMasker implements ContentMasker {
  readonly #file: CsvContent;
  readonly #evidence: ContentFindings;
  readonly #write: (bytes: Buffer) => void;
  #columns: CsvColumns | undefined;
  #isStart = true;
  readonly #kept = new KeptBytes();
  /** Of the row at hand: bytes looked at, and whether they end within quotes. */
  #looked = 0;
  #isQuoted = false;
  readonly #changed = new ChangedBytes();
  /** Of the row at hand: where each cell starts and ends. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  constructor(file: CsvContent, evidence: ContentFindings, write: (bytes: Buffer) => void) {
    this.#file = file;
    this.#evidence = evidence;
    this.#write = write;
  }

  push(bytes: Buffer): void {
    this.#read(bytes, false);
  }

  end(): void {
    this.#read(Buffer.alloc(0), true);
    if (this.#isQuoted) throw new ContentFormatError('CSV', 'ends within quotes');
  }

  describe(): EvidenceFields {
    return this.#evidence.describe();
  }

  #read(bytes: Buffer, isEnd: boolean): void {
    const all = this.#kept.join(bytes);
    let start = this.#passMark(all, isEnd);
    if (start === -1) return;
    for (;;) {
      const end = this.#findRowEnd(all, start, isEnd);
      if (end === -1) break;
      this.#row(all, start, end);
      start = end;
    }
    if (all.length - start > ROW_BYTES_MAX) {
      throw new ContentFormatError('CSV', `row of more than ${ROW_BYTES_MAX} bytes`);
    }
    const changed = this.#changed.take(all, start);
    if (changed.length > 0) this.#write(changed);
    this.#kept.keep(all, start);
  }

  /** Passes over a byte order mark; returns where the rows start, or -1 if it cannot tell yet. */
  #passMark(all: Buffer, isEnd: boolean): number {
    if (!this.#isStart) return 0;
    if (all.length < BYTE_ORDER_MARK.length && !isEnd) {
      this.#kept.keep(all, 0);
      return -1;
    }
    this.#isStart = false;
    if (all[0] === 0xfe || all[0] === 0xff) throw new ContentFormatError('CSV', 'is not UTF-8');
    const hasMark = all.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
    return hasMark ? BYTE_ORDER_MARK.length : 0;
  }

  /** Where the row that starts here ends, its line break included; -1 if that is not known yet. */
  #findRowEnd(bytes: Buffer, start: number, isEnd: boolean): number {
    for (let offset = start + this.#looked; offset < bytes.length; offset++) {
      const byte = bytes[offset];
      if (byte === QUOTE) {
        this.#isQuoted = !this.#isQuoted;
      } else if (!this.#isQuoted && (byte === LINE_FEED || byte === CARRIAGE_RETURN)) {
        // Whether a line feed follows has to be known.
        if (byte === CARRIAGE_RETURN && offset + 1 === bytes.length && !isEnd) {
          this.#looked = offset - start;
          return -1;
        }
        this.#looked = 0;
        return byte === CARRIAGE_RETURN && bytes[offset + 1] === LINE_FEED
          ? offset + 2
          : offset + 1;
      }
    }
    this.#looked = bytes.length - start;
    if (!isEnd || this.#looked === 0 || this.#isQuoted) return -1;
    this.#looked = 0;
    return bytes.length;
  }

  #row(bytes: Buffer, start: number, end: number): void {
    let contentEnd = end;
    while (contentEnd > start && isLineBreak(bytes[contentEnd - 1])) contentEnd -= 1;
    if (contentEnd === start) return;
    const isRead = this.#split(bytes, start, contentEnd);
    if (this.#columns === undefined) {
      if (!isRead) throw new ContentFormatError('CSV', 'quote inside a cell of the first row');
      const names = this.#starts.map((_, index) => this.#cell(bytes, index).toString('utf8'));
      this.#columns = this.#file.chooseColumns(names);
      if (this.#file.hasHeader) {
        for (const index of names.keys()) this.#maskCell(bytes, index, this.#file.maskName);
        return;
      }
    }
    this.#evidence.record();
    const { masks, patientColumn } = this.#columns;
    if (!isRead || this.#starts.length !== masks.length) {
      this.#evidence.withhold();
      this.#changed.replace(bytes, { start, end: contentEnd }, Buffer.from(REDACTED_TEXT));
      return;
    }
    if (patientColumn !== -1) this.#evidence.see(this.#cell(bytes, patientColumn).toString('utf8'));
    for (let index = 0; index < masks.length; index += 1) {
      const mask = masks[index];
      if (mask !== undefined) this.#maskCell(bytes, index, mask);
    }
  }

  /** The value of a cell of the row at hand. */
  #cell(bytes: Buffer, index: number): Buffer {
    return unquote(bytes, this.#starts[index] as number, this.#ends[index] as number);
  }

  #maskCell(bytes: Buffer, index: number, mask: FieldMask): void {
    const value = this.#cell(bytes, index);
    if (value.length === 0) return;
    const masked = mask(value, 0, value.length);
    if (masked === undefined) return;
    const place = { start: this.#starts[index] as number, end: this.#ends[index] as number };
    this.#changed.replace(bytes, place, masked === null ? Buffer.alloc(0) : this.#quote(masked));
  }

  /** Finds the cells of a row; false if there is a quote where none belongs. */
  #split(bytes: Buffer, start: number, end: number): boolean {
    const { delimiter } = this.#file;
    this.#starts.length = 0;
    this.#ends.length = 0;
    let offset = start;
    for (;;) {
      const cellEnd = findCellEnd(bytes, offset, end, delimiter);
      if (cellEnd === -1) return false;
      this.#starts.push(offset);
      this.#ends.push(cellEnd);
      if (cellEnd === end) return true;
      offset = cellEnd + 1;
    }
  }

  #quote(value: Buffer): Buffer {
    for (const byte of value) {
      if (byte === this.#file.delimiter || byte === QUOTE || isLineBreak(byte)) {
        return Buffer.from(`"${value.toString('latin1').replaceAll('"', '""')}"`, 'latin1');
      }
    }
    return value;
  }
}

/** -1 if a quote stands where none belongs. */
function findCellEnd(bytes: Buffer, start: number, end: number, delimiter: number): number {
  let offset = start;
  if (bytes[start] === QUOTE && start < end) {
    offset = start + 1;
    for (;;) {
      while (offset < end && bytes[offset] !== QUOTE) offset += 1;
      if (offset === end) return -1;
      if (bytes[offset + 1] !== QUOTE || offset + 1 === end) break;
      offset += 2;
    }
    offset += 1;
    return offset === end || bytes[offset] === delimiter ? offset : -1;
  }
  for (; offset < end && bytes[offset] !== delimiter; offset++) {
    if (bytes[offset] === QUOTE) return -1;
  }
  return offset;
}

/** The value of a cell; shares memory where it has no quotes. */
function unquote(bytes: Buffer, start: number, end: number): Buffer {
  if (bytes[start] !== QUOTE || start === end) return bytes.subarray(start, end);
  const inner = bytes.subarray(start + 1, end - 1);
  if (!inner.includes(QUOTE)) return inner;
  return Buffer.from(inner.toString('latin1').replaceAll('""', '"'), 'latin1');
}

function isLineBreak(byte: number | undefined): boolean {
  return byte === LINE_FEED || byte === CARRIAGE_RETURN;
}
