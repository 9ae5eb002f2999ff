import { ScreenRow } from './screen-row.ts';
import { TableHeader } from './table-header.ts';

/** As long as values may be. */
const LOST_TEXT_MAX = 256;

/** Where characters go next. Behind the last column when the row is full: the next character wraps. */
export interface Cursor {
  row: number;
  column: number;
}

/** The rows of one of a terminal's two screens, and the region of them that scrolls. */
export class ScreenBuffer {
  rows: ScreenRow[];
  readonly cursor: Cursor = { row: 0, column: 0 };
  marginTop = 0;
  marginBottom: number;
  /**
   * Whether a program has said in which row the cursor is. A shell begins wherever the client's cursor is,
   * so until then rows are known by their distance only.
   */
  isAnchored = false;
  /** The row above which text left the region that scrolls, the end of it if its line goes on there, and its table. */
  lostAbove = 0;
  lostText = '';
  lostTable: TableHeader = new TableHeader();
  #columns: number;

  constructor(columns: number, rowCount: number) {
    this.#columns = columns;
    this.rows = Array.from({ length: rowCount }, () => new ScreenRow(columns));
    this.marginBottom = rowCount - 1;
  }

  /** The row of the cursor. */
  get row(): ScreenRow {
    return this.rowAt(this.cursor.row);
  }

  rowAt(index: number): ScreenRow {
    const row = this.rows[index];
    if (row === undefined)
      throw new RangeError(`Cannot find row ${index}: it is not on the screen`);
    return row;
  }

  /** Moves the rows from `top` to `bottom` up; those that leave come back empty at the bottom. */
  scrollUp(top: number, bottom: number, count: number): void {
    const leaving = this.rows.slice(top, top + count);
    this.#remember(leaving, top);
    for (const row of leaving) row.clear();
    this.rows.copyWithin(top, top + count, bottom + 1);
    this.#place(leaving, bottom + 1 - count);
  }

  /** The same downwards. */
  scrollDown(top: number, bottom: number, count: number): void {
    const leaving = this.rows.slice(bottom + 1 - count, bottom + 1);
    for (const row of leaving) row.clear();
    this.rows.copyWithin(top + count, top, bottom + 1 - count);
    this.#place(leaving, top);
    if (top > 0) this.rowAt(top - 1).isWrapped = false;
    this.#endLostLine();
  }

  /** Empties the screen, to be shown anew. */
  clear(): void {
    for (const row of this.rows) row.clear();
    this.marginTop = 0;
    this.marginBottom = this.rows.length - 1;
    this.#forget(0);
  }

  /** Says that all rows are about to be erased: what comes may go on where they end. */
  beforeErasure(): void {
    const end = this.rows.findLastIndex((row) => row.endOfText() > 0) + 1;
    this.#remember(this.rows.slice(0, end), 0);
    this.#endLostLine();
  }

  #place(rows: readonly ScreenRow[], at: number): void {
    for (const [offset, row] of rows.entries()) this.rows[at + offset] = row;
  }

  #remember(leaving: readonly ScreenRow[], top: number): void {
    if (top !== this.lostAbove) this.#forget(top);
    for (const row of leaving) {
      const goesOn = row.isWrapped || this.lostText !== '';
      if (!goesOn && this.lostTable.text === '' && !row.hasTableSign()) continue;
      const text = row.isWrapped ? row.text() : `${row.text(0, row.endOfText())}\n`;
      this.lostText = row.isWrapped ? (this.lostText + text).slice(-LOST_TEXT_MAX) : '';
      this.lostTable.add(text);
    }
  }

  #endLostLine(): void {
    if (this.lostText !== '') this.lostTable.add('\n');
    this.lostText = '';
  }

  #forget(top: number): void {
    this.lostAbove = top;
    this.lostText = '';
    this.lostTable = new TableHeader();
  }

  /** Changes the size as terminals do that do not wrap lines anew: rows leave at the top if the cursor stays below. */
  resize(columns: number, rowCount: number): void {
    if (columns !== this.#columns) this.rows = this.rows.map((row) => row.resized(columns));
    this.#columns = columns;
    while (this.rows.length > rowCount) {
      if (this.cursor.row < rowCount) this.rows.pop();
      else {
        this.#remember(this.rows.splice(0, 1), 0);
        this.cursor.row -= 1;
      }
    }
    while (this.rows.length < rowCount) this.rows.push(new ScreenRow(columns));
    this.marginTop = 0;
    this.marginBottom = rowCount - 1;
    this.cursor.column = Math.min(this.cursor.column, columns);
    this.isAnchored = false;
  }
}
