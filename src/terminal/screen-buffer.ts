import { HeadingsFinder } from './headings.ts';
import { Prompts } from './prompts.ts';
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
  /** The end of what left the region that scrolls while its line went on in it, and the row where that is. */
  lostText = '';
  lostAbove = -1;
  /** What all that scrolled away says about a table, and the row in which that may go on. */
  lostTable: TableHeader;
  lostTableAbove = 0;
  readonly prompts: Prompts = new Prompts();
  readonly headings: HeadingsFinder = new HeadingsFinder();
  #columns: number;

  constructor(columns: number, rowCount: number) {
    this.#columns = columns;
    this.lostTable = new TableHeader(this.headings);
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
    this.#rememberText(leaving, top);
    // What is deleted further down has the rest of its table above it on the screen.
    if (top === this.marginTop) this.#rememberTable(leaving, top);
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
    this.lostText = '';
    this.lostTable.endLine();
  }

  /** Empties the screen, to be shown anew. */
  clear(): void {
    for (const row of this.rows) row.clear();
    this.marginTop = 0;
    this.marginBottom = this.rows.length - 1;
    this.lostText = '';
    this.lostTable = new TableHeader(this.headings);
  }

  /** Says that all rows are about to be erased: what comes may go on where they end. */
  beforeErasure(): void {
    const end = this.rows.findLastIndex((row) => row.endOfText() > 0) + 1;
    this.#rememberTable(this.rows.slice(0, end), 0);
    this.lostTable.endLine();
    this.lostText = '';
  }

  #place(rows: readonly ScreenRow[], at: number): void {
    for (const [offset, row] of rows.entries()) this.rows[at + offset] = row;
  }

  #rememberText(leaving: readonly ScreenRow[], top: number): void {
    for (const row of leaving) {
      this.lostText = row.isWrapped ? (this.lostText + row.text()).slice(-LOST_TEXT_MAX) : '';
    }
    this.lostAbove = this.lostText === '' ? -1 : top;
  }

  #rememberTable(leaving: readonly ScreenRow[], top: number): void {
    this.lostTableAbove = top;
    for (const row of leaving) {
      if (this.prompts.begin(row)) this.lostTable.end();
      const isPlain = !row.isWrapped && !row.hasTableSign();
      if (isPlain && this.lostTable.text === '') continue;
      if (row.isWrapped) this.lostTable.add(row.text());
      else this.lostTable.addLine(row.line);
    }
  }

  /** Changes the size as terminals do that do not wrap lines anew: rows leave at the top if the cursor stays below. */
  resize(columns: number, rowCount: number): void {
    if (columns !== this.#columns) this.rows = this.rows.map((row) => row.resized(columns));
    this.#columns = columns;
    while (this.rows.length > rowCount) {
      if (this.cursor.row < rowCount) this.rows.pop();
      else {
        this.#rememberTable(this.rows.splice(0, 1), 0);
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
