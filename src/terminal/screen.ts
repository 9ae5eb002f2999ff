import { characterWidth } from './character-width.ts';
import { changeRendition, PLAIN, type Rendition, Styles } from './graphic-rendition.ts';
import { LINE_DRAWING } from './line-drawing.ts';
import { ScreenBuffer } from './screen-buffer.ts';
import type { ScreenRow } from './screen-row.ts';

/** Told before text is lost that was written since {@link Screen.uncheckedFrom}. */
export type BeforeLoss = () => void;

/** A size that a client asked for; 0 where it did not say. */
export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

const DEFAULT_SIZE: ScreenSize = { columns: 80, rows: 24 };
/** Larger than any window. What a client asks for beyond is not followed, nor what holds no value in a few rows. */
const COLUMNS_MAX = 500;
const ROWS_MAX = 200;
const COLUMNS_MIN = 20;
const ROWS_MIN = 5;

/** Characters written over by their like that are kept in mind before it is looked which of them still matter. */
const COPIES_MAX = 4_096;

interface SavedCursor {
  readonly row: number;
  readonly column: number;
  readonly rendition: Rendition;
  readonly charsets: readonly [string, string];
  readonly shift: 0 | 1;
  readonly isOrigin: boolean;
  readonly isAnchored: boolean;
}

/**
 * What a terminal shows: characters by row and column, as xterm draws them.
 *
 * Synchronous, and knows of each character where in the output it came from; it keeps no scrollback.
 */
export class Screen {
  readonly styles: Styles = new Styles();
  /** Characters that begin at this place in the output, or later, were not looked through yet. */
  uncheckedFrom = 0;
  /** Modes of `SM` and `DECSET`. */
  isInsert = false;
  isOrigin = false;
  isWrapping = true;
  isNewLine = false;
  /** DECSET 2004: a line editor or an editor tells pasted text from typed text. */
  isBracketedPaste = false;
  #columns: number;
  #rowCount: number;
  #main: ScreenBuffer;
  #alternate: ScreenBuffer | undefined;
  /** The alternate screen, shown or not, once it was. */
  #spare: ScreenBuffer | undefined;
  #saved: { main: SavedCursor | undefined; alternate: SavedCursor | undefined };
  #rendition: Rendition = PLAIN;
  #style = 0;
  /** What G0 and G1 are: `B` for ASCII, `0` for line drawing. */
  #charsets: [string, string] = ['B', 'B'];
  #shift: 0 | 1 = 0;
  #tabStops = new Set<number>();
  #lastCharacter: number | undefined;
  readonly #beforeLoss: BeforeLoss;
  /** By where a character begins: where the same character began that it was written over. */
  readonly #copies = new Map<number, number>();

  constructor(size: ScreenSize, beforeLoss: BeforeLoss = () => undefined) {
    const { columns, rows } = clampSize(size);
    this.#columns = columns;
    this.#rowCount = rows;
    this.#main = new ScreenBuffer(columns, rows);
    this.#saved = { main: undefined, alternate: undefined };
    this.#beforeLoss = beforeLoss;
    this.resetTabStops();
  }

  get columns(): number {
    return this.#columns;
  }

  get rowCount(): number {
    return this.#rowCount;
  }

  /** The screen that is shown. */
  get buffer(): ScreenBuffer {
    return this.#alternate ?? this.#main;
  }

  /** Whether a full-screen program shows its own screen. */
  get isAlternate(): boolean {
    return this.#alternate !== undefined;
  }

  /** Parameters of the `SGR` that is in force. */
  get renditionParameters(): string {
    return this.styles.parametersOf(this.#style);
  }

  /** Whether letters are drawn as letters now. */
  get isDrawingLines(): boolean {
    return this.#charsets[this.#shift] === '0';
  }

  /** What follows ESC to designate the set that is in use. */
  get shiftedSlot(): '(' | ')' {
    return this.#shift === 0 ? '(' : ')';
  }

  get lastCharacter(): number | undefined {
    return this.#lastCharacter;
  }

  /** Where the same character as that at `origin` was written before, in the same place; undefined if nowhere. */
  copyOf(origin: number): number | undefined {
    return this.#copies.get(origin);
  }

  /** Forgets what was written over before `origin`. */
  forgetCopies(origin: number): void {
    if (this.#copies.size < COPIES_MAX) return;
    for (const copy of this.#copies.keys()) if (copy < origin) this.#copies.delete(copy);
  }

  /** @param flags `KNOWN`, or 0. */
  print(codePoint: number, origin: number, flags: number): void {
    const shown = this.isDrawingLines ? (LINE_DRAWING.get(codePoint) ?? codePoint) : codePoint;
    const width = characterWidth(shown);
    if (width === 0) return;
    this.#lastCharacter = codePoint;
    const { buffer } = this;
    const { cursor } = buffer;
    if (cursor.column + width > this.#columns) {
      if (this.isWrapping) this.#wrap();
      else {
        cursor.column = this.#columns - 1;
        if (width === 2) return;
      }
    }
    const { row } = buffer;
    if (this.isInsert) {
      this.loseFrom(row, this.#columns - width, this.#columns);
      row.insertBlanks(cursor.column, width);
    } else {
      this.#beforeOverwrite(row, cursor.column, { shown, width, origin });
    }
    row.put(cursor.column, shown, width, { origin, style: this.#style, flags });
    cursor.column += width;
  }

  setRendition(parameters: string): void {
    this.#rendition = changeRendition(this.#rendition, parameters);
    this.#style = this.styles.numberOf(this.#rendition);
  }

  backspace(): void {
    const { cursor } = this.buffer;
    this.clampColumn();
    if (cursor.column > 0) cursor.column -= 1;
  }

  carriageReturn(): void {
    this.buffer.cursor.column = 0;
  }

  tab(): void {
    const { cursor } = this.buffer;
    if (cursor.column < this.#columns) cursor.column = this.nextTabStop(cursor.column);
  }

  lineFeed(): void {
    const { buffer } = this;
    this.clampColumn();
    if (this.isNewLine) buffer.cursor.column = 0;
    this.#moveDown();
  }

  reverseLineFeed(): void {
    const { buffer } = this;
    this.clampColumn();
    if (buffer.cursor.row === buffer.marginTop) this.scrollDown(1);
    else if (buffer.cursor.row > 0) buffer.cursor.row -= 1;
  }

  /** @param top The first row that moves. Default: the top margin. */
  scrollUp(count: number, top: number = this.buffer.marginTop): void {
    const { buffer } = this;
    const { marginBottom: bottom } = buffer;
    const leaving = Math.min(count, bottom - top + 1);
    for (const row of buffer.rows.slice(top, top + leaving)) this.loseRow(row);
    buffer.scrollUp(top, bottom, leaving);
  }

  /** @param top The first row that moves. Default: the top margin. */
  scrollDown(count: number, top: number = this.buffer.marginTop): void {
    const { buffer } = this;
    const { marginBottom: bottom } = buffer;
    const leaving = Math.min(count, bottom - top + 1);
    for (const row of buffer.rows.slice(bottom + 1 - leaving, bottom + 1)) this.loseRow(row);
    buffer.scrollDown(top, bottom, leaving);
  }

  /** Says that a range of a row is about to go. */
  loseFrom(row: ScreenRow, from: number, to: number): void {
    if (row.isDirty && row.hasSince(this.uncheckedFrom, from, to)) this.#beforeLoss();
  }

  loseRow(row: ScreenRow): void {
    this.loseFrom(row, 0, row.columns);
  }

  erase(row: ScreenRow, from: number, to: number): void {
    this.loseFrom(row, from, to);
    row.erase(from, to);
  }

  eraseRows(from: number, to: number): void {
    for (const row of this.buffer.rows.slice(from, to)) this.erase(row, 0, row.columns);
  }

  /** A cursor that waits behind the last column stands on it for all that moves or deletes. */
  clampColumn(): void {
    const { cursor } = this.buffer;
    cursor.column = Math.min(cursor.column, this.#columns - 1);
  }

  /** Rows count from 0, from the top margin in origin mode. */
  moveTo(row: number, column: number): void {
    const { buffer } = this;
    const top = this.isOrigin ? buffer.marginTop : 0;
    const bottom = this.isOrigin ? buffer.marginBottom : this.#rowCount - 1;
    buffer.cursor.row = Math.max(top, Math.min(top + row, bottom));
    buffer.cursor.column = Math.max(0, Math.min(column, this.#columns - 1));
    buffer.isAnchored = true;
  }

  saveCursor(): void {
    const { cursor, isAnchored } = this.buffer;
    this.#saved[this.#which()] = {
      row: cursor.row,
      column: cursor.column,
      rendition: this.#rendition,
      charsets: [...this.#charsets],
      shift: this.#shift,
      isOrigin: this.isOrigin,
      isAnchored,
    };
  }

  restoreCursor(): void {
    const { buffer } = this;
    const saved = this.#saved[this.#which()];
    buffer.cursor.row = Math.min(saved?.row ?? 0, this.#rowCount - 1);
    buffer.cursor.column = Math.min(saved?.column ?? 0, this.#columns - 1);
    buffer.isAnchored = saved?.isAnchored ?? true;
    this.#rendition = saved?.rendition ?? PLAIN;
    this.#style = this.styles.numberOf(this.#rendition);
    this.#charsets = [...(saved?.charsets ?? ['B', 'B'])];
    this.#shift = saved?.shift ?? 0;
    this.isOrigin = saved?.isOrigin ?? this.isOrigin;
  }

  /** Shows the other screen; the alternate one begins empty. */
  switchTo(which: 'main' | 'alternate'): void {
    const { buffer } = this;
    if (this.#which() === which) return;
    for (const row of buffer.rows) this.loseRow(row);
    this.#spare ??= new ScreenBuffer(this.#columns, this.#rowCount);
    const next = which === 'main' ? this.#main : this.#spare;
    if (which === 'alternate') next.clear();
    next.cursor.row = buffer.cursor.row;
    next.cursor.column = buffer.cursor.column;
    next.isAnchored = buffer.isAnchored && next.isAnchored;
    this.#alternate = which === 'main' ? undefined : next;
  }

  /** @param slot G0 or G1. */
  setCharset(slot: 0 | 1, charset: string): void {
    this.#charsets[slot] = charset;
  }

  shiftTo(slot: 0 | 1): void {
    this.#shift = slot;
  }

  setTabStop(): void {
    this.#tabStops.add(this.buffer.cursor.column);
  }

  clearTabStop(): void {
    this.#tabStops.delete(this.buffer.cursor.column);
  }

  clearTabStops(): void {
    this.#tabStops.clear();
  }

  resetTabStops(): void {
    this.#tabStops = new Set();
    for (let column = 0; column < COLUMNS_MAX; column += 8) this.#tabStops.add(column);
  }

  nextTabStop(from: number): number {
    let column = from + 1;
    while (column < this.#columns - 1 && !this.#tabStops.has(column)) column += 1;
    return Math.min(column, this.#columns - 1);
  }

  previousTabStop(from: number): number {
    let column = from - 1;
    while (column > 0 && !this.#tabStops.has(column)) column -= 1;
    return Math.max(column, 0);
  }

  resize(size: ScreenSize): void {
    const { columns, rows } = clampSize(size);
    this.#columns = columns;
    this.#rowCount = rows;
    this.#main.resize(columns, rows);
    this.#spare?.resize(columns, rows);
  }

  /** DECSTR. */
  softReset(): void {
    const { buffer } = this;
    this.isInsert = false;
    this.isOrigin = false;
    this.isWrapping = true;
    buffer.marginTop = 0;
    buffer.marginBottom = this.#rowCount - 1;
    this.setRendition('0');
    this.#charsets = ['B', 'B'];
    this.#shift = 0;
    this.#saved[this.#which()] = undefined;
  }

  /** RIS. */
  reset(): void {
    this.switchTo('main');
    this.eraseRows(0, this.#rowCount);
    this.#saved = { main: undefined, alternate: undefined };
    this.softReset();
    this.isNewLine = false;
    this.isBracketedPaste = false;
    this.resetTabStops();
    this.moveTo(0, 0);
  }

  #which(): 'main' | 'alternate' {
    return this.#alternate === undefined ? 'main' : 'alternate';
  }

  #wrap(): void {
    const { buffer } = this;
    const { row, cursor } = buffer;
    // A wide character that has no room in the last column leaves it empty.
    this.erase(row, cursor.column, this.#columns);
    row.isWrapped = true;
    cursor.column = 0;
    this.#moveDown();
  }

  #moveDown(): void {
    const { buffer } = this;
    if (buffer.cursor.row === buffer.marginBottom) this.scrollUp(1);
    else if (buffer.cursor.row < this.#rowCount - 1) buffer.cursor.row += 1;
  }

  #beforeOverwrite(
    row: ScreenRow,
    column: number,
    {
      shown,
      width,
      origin,
    }: { readonly shown: number; readonly width: 1 | 2; readonly origin: number },
  ): void {
    const before = row.origins[column] as number;
    if (before >= 0 && row.codePoints[column] === shown) this.#copies.set(origin, before);
    else this.loseFrom(row, column, column + width);
  }
}

function clampSize({ columns, rows }: ScreenSize): ScreenSize {
  return {
    columns: Math.max(COLUMNS_MIN, Math.min(columns || DEFAULT_SIZE.columns, COLUMNS_MAX)),
    rows: Math.max(ROWS_MIN, Math.min(rows || DEFAULT_SIZE.rows, ROWS_MAX)),
  };
}
