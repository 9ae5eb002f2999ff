import { characterWidth } from './character-width.ts';

/** Code point of the second column of a wide character. */
export const WIDE_TAIL = 0xffff_ffff;
/** Code point of a column that nothing was written to. */
export const BLANK = 0;

/** One of them is in each line of a table's header. */
const TABLE_SIGN = /[|+*,;\u2500-\u257f]|^-\[ |\bvalues?$/i;

/** The client was sent a star in place of the character. */
export const MASKED = 1;
/** That star is taken back if what follows shows that the character is part of no value. */
export const PROVISIONAL = 2;
/** The client knows it: the terminal's answer to a key, or the gateway's own words. */
export const KNOWN = 4;

/** The client sees otherwise what it should see now: it is to be drawn anew. */
export const TO_REDRAW = 8;

/** What is written to one column, beside the character itself. */
export interface Drawing {
  /** Where the character begins in the output, in bytes. */
  readonly origin: number;
  /** Number of the style; see `Styles`. */
  readonly style: number;
  readonly flags: number;
}

/** One row of a screen: a program's characters, as they are before any mask. */
export class ScreenRow {
  readonly codePoints: Uint32Array;
  /** By column: where the character begins in the output. -1 where there is none. */
  readonly origins: Float64Array;
  readonly styles: Uint16Array;
  readonly flags: Uint8Array;
  /** Whether the text ran on into the row below, which begins at its first column. */
  isWrapped = false;
  /** Whether it changed since it was looked through. */
  isDirty = false;
  /** Whether nothing was written to it since it was erased as a whole. */
  isBlank = true;
  /** What it says, until it changes. */
  #text: string | undefined;
  #line: string | undefined;
  #hasTableSign: boolean | undefined;

  constructor(columns: number) {
    this.codePoints = new Uint32Array(columns);
    this.origins = new Float64Array(columns).fill(-1);
    this.styles = new Uint16Array(columns);
    this.flags = new Uint8Array(columns);
  }

  get columns(): number {
    return this.codePoints.length;
  }

  isBlankAt(column: number): boolean {
    const codePoint = this.codePoints[column];
    return codePoint === BLANK || codePoint === 0x20;
  }

  /** The column behind the last character that is no space. */
  endOfText(): number {
    if (this.isBlank) return 0;
    let end = this.columns;
    while (end > 0 && this.isBlankAt(end - 1)) end -= 1;
    return end;
  }

  /** Whether it has a character of which each line of a table's header has one. */
  hasTableSign(): boolean {
    this.#hasTableSign ??= TABLE_SIGN.test(this.line);
    return this.#hasTableSign;
  }

  /** Its characters up to the last one that is no space. */
  get line(): string {
    this.#line ??= this.#read(0, this.endOfText());
    return this.#line;
  }

  /** Its characters, with spaces for what is blank. */
  text(from: number = 0, to: number = this.columns): string {
    if (from > 0 || to < this.columns) return this.#read(from, to);
    this.#text ??= this.#read(0, this.columns);
    return this.#text;
  }

  #read(from: number, to: number): string {
    let text = '';
    for (let column = from; column < to; column++) {
      const codePoint = this.codePoints[column] as number;
      if (codePoint === WIDE_TAIL) continue;
      text += codePoint === BLANK ? ' ' : String.fromCodePoint(codePoint);
    }
    return text;
  }

  /** Writes a character of one or two columns. Half a wide character that is left over becomes blank. */
  put(column: number, codePoint: number, width: 1 | 2, drawing: Drawing): void {
    this.#partWide(column);
    this.#partWide(column + width);
    this.#set(column, codePoint, drawing);
    if (width === 2) this.#set(column + 1, WIDE_TAIL, drawing);
    this.isDirty = true;
    this.isBlank = false;
  }

  erase(from: number, to: number): void {
    if (from >= to || this.isBlank) return;
    this.#partWide(from);
    this.#partWide(to);
    this.#eraseRaw(from, to);
    if (to === this.columns) this.isWrapped = false;
    if (from === 0 && to === this.columns) this.isBlank = true;
  }

  clear(): void {
    this.erase(0, this.columns);
    this.isWrapped = false;
    this.isDirty = false;
  }

  /** Moves what is right of `column` by `count` columns to the right; what leaves the row is gone. */
  insertBlanks(column: number, count: number): void {
    if (this.isBlank) return;
    this.#partWide(column);
    const shift = Math.min(count, this.columns - column);
    this.#forget();
    for (const cells of [this.codePoints, this.origins, this.styles, this.flags]) {
      cells.copyWithin(column + shift, column, this.columns - shift);
    }
    this.#eraseRaw(column, column + shift);
    if (this.#isWideHead(this.columns - 1)) this.#eraseRaw(this.columns - 1, this.columns);
    this.isDirty = true;
  }

  /** Moves what is right of the columns that are deleted to the left. */
  deleteCells(column: number, count: number): void {
    if (this.isBlank) return;
    const shift = Math.min(count, this.columns - column);
    this.#partWide(column);
    this.#partWide(column + shift);
    this.#forget();
    for (const cells of [this.codePoints, this.origins, this.styles, this.flags]) {
      cells.copyWithin(column, column + shift, this.columns);
    }
    this.#eraseRaw(this.columns - shift, this.columns);
    this.isWrapped = false;
    this.isDirty = true;
  }

  /** Whether a column in the range holds a character that begins at `origin` in the output, or later. */
  hasSince(origin: number, from: number, to: number): boolean {
    for (let column = from; column < to; column++) {
      if ((this.origins[column] as number) >= origin) return true;
    }
    return false;
  }

  /** Whether a character has one of the flags. */
  hasFlag(flag: number): boolean {
    return this.flags.some((flags) => (flags & flag) !== 0);
  }

  /** The same text in a row of another width. */
  resized(columns: number): ScreenRow {
    const row = new ScreenRow(columns);
    const kept = Math.min(columns, this.columns);
    row.codePoints.set(this.codePoints.subarray(0, kept));
    row.origins.set(this.origins.subarray(0, kept));
    row.styles.set(this.styles.subarray(0, kept));
    row.flags.set(this.flags.subarray(0, kept));
    if (row.#isWideHead(kept - 1) && kept < this.columns) row.#eraseRaw(kept - 1, kept);
    row.isWrapped = this.isWrapped;
    row.isDirty = this.isDirty;
    row.isBlank = this.isBlank;
    return row;
  }

  #isWideHead(column: number): boolean {
    const codePoint = this.codePoints[column] as number;
    return codePoint !== WIDE_TAIL && characterWidth(codePoint) === 2;
  }

  /** Before something changes from `column` on: a wide character that stands across its border goes. */
  #partWide(column: number): void {
    if (column > 0 && this.codePoints[column] === WIDE_TAIL) {
      this.#eraseRaw(column - 1, column + 1);
    }
  }

  #eraseRaw(from: number, to: number): void {
    this.#forget();
    this.codePoints.fill(BLANK, from, to);
    this.origins.fill(-1, from, to);
    this.styles.fill(0, from, to);
    this.flags.fill(0, from, to);
  }

  #forget(): void {
    this.#text = undefined;
    this.#line = undefined;
    this.#hasTableSign = undefined;
  }

  #set(column: number, codePoint: number, { origin, style, flags }: Drawing): void {
    this.#forget();
    this.codePoints[column] = codePoint;
    this.origins[column] = origin;
    this.styles[column] = style;
    this.flags[column] = flags;
  }
}
