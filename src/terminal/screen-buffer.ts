import { ScreenRow } from './screen-row.ts';

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

  /** Rows that move up or down when the cursor's region scrolls by one. */
  scrollUp(top: number, bottom: number): void {
    const [row] = this.rows.splice(top, 1);
    if (row === undefined) return;
    row.clear();
    this.rows.splice(bottom, 0, row);
  }

  scrollDown(top: number, bottom: number): void {
    const [row] = this.rows.splice(bottom, 1);
    if (row === undefined) return;
    row.clear();
    this.rows.splice(top, 0, row);
    if (top > 0) this.rowAt(top - 1).isWrapped = false;
  }

  /** Changes the size as terminals do that do not wrap lines anew: rows leave at the top if the cursor stays below. */
  resize(columns: number, rowCount: number): void {
    if (columns !== this.#columns) this.rows = this.rows.map((row) => row.resized(columns));
    this.#columns = columns;
    while (this.rows.length > rowCount) {
      if (this.cursor.row < rowCount) this.rows.pop();
      else {
        this.rows.shift();
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
