import type { Screen } from './screen.ts';
import type { ScreenBuffer } from './screen-buffer.ts';
import { MASKED, type ScreenRow, WIDE_TAIL } from './screen-row.ts';
import type { Place } from './visible-text.ts';

const SPACE = 0x20;

/**
 * Writes what draws some columns of a client's screen anew, each as a star or as it is by its flags, and leaves
 * everything else (cursor, colours, modes, the saved cursor) as it was.
 */
export function repaint(screen: Screen, places: readonly Place[]): string {
  const parts: string[] = [];
  if (screen.isInsert) parts.push('\x1b[4l');
  const charset = screen.isDrawingLines ? screen.shiftedSlot : undefined;
  if (charset !== undefined) parts.push(`\x1b${charset}B`);
  const pen = new Pen(screen, parts);
  const ordered = places.toSorted(
    (left, right) => left.row - right.row || left.column - right.column,
  );
  for (const { row, column } of ordered) if (isInReach(screen, row)) pen.draw(row, column);
  pen.rest();
  if (charset !== undefined) parts.push(`\x1b${charset}0`);
  if (screen.isInsert) parts.push('\x1b[4h');
  return parts.join('');
}

/**
 * Rows have numbers only where a program said in which one the cursor is. Numbers are better than moves wherever they
 * lead back to the cursor: xterm.js adds the top margin to the row at each move in origin mode.
 */
function isAddressable({ buffer, isOrigin }: Screen): boolean {
  return buffer.isAnchored && (!isOrigin || isWithinMargins(buffer, buffer.cursor.row));
}

/** Numbers of rows end at the margins in origin mode, and moves by a number of rows always do. */
function isInReach({ buffer, isOrigin }: Screen, row: number): boolean {
  const { cursor, marginTop, marginBottom, rows, isAnchored } = buffer;
  const isWhole = marginTop === 0 && marginBottom === rows.length - 1;
  if (isWhole || row === cursor.row || (isAnchored && !isOrigin)) return true;
  return isWithinMargins(buffer, cursor.row) && isWithinMargins(buffer, row);
}

function isWithinMargins({ marginTop, marginBottom }: ScreenBuffer, row: number): boolean {
  return row >= marginTop && row <= marginBottom;
}

/** Moves over the client's screen and draws. */
class Pen {
  readonly #screen: Screen;
  readonly #parts: string[];
  #row: number;
  /** Undefined: wherever the last character left it. */
  #column: number | undefined;
  #style: string | undefined;

  constructor(screen: Screen, parts: string[]) {
    this.#screen = screen;
    this.#parts = parts;
    this.#row = screen.buffer.cursor.row;
  }

  draw(rowIndex: number, column: number): void {
    const row = this.#screen.buffer.rowAt(rowIndex);
    this.#moveTo(rowIndex, column);
    const width = row.codePoints[column + 1] === WIDE_TAIL ? 2 : 1;
    this.#setStyle(this.#screen.styles.parametersOf(row.styles[column] as number));
    this.#parts.push(shownAt(row, column));
    this.#column = column + width < row.columns ? column + width : undefined;
  }

  /** Goes back to where the cursor was. One that waits behind the last column waits there again once that is drawn. */
  rest(): void {
    const { buffer, columns, renditionParameters } = this.#screen;
    const { cursor, row } = buffer;
    if (cursor.column < columns) this.#moveTo(cursor.row, cursor.column);
    else
      this.draw(cursor.row, row.codePoints[columns - 1] === WIDE_TAIL ? columns - 2 : columns - 1);
    this.#setStyle(renditionParameters);
  }

  #setStyle(parameters: string): void {
    if (parameters !== this.#style) this.#parts.push(`\x1b[${parameters}m`);
    this.#style = parameters;
  }

  #moveTo(row: number, column: number): void {
    if (row === this.#row && column === this.#column) return;
    const { buffer, isOrigin } = this.#screen;
    if (isAddressable(this.#screen)) {
      const top = isOrigin ? buffer.marginTop : 0;
      this.#parts.push(`\x1b[${row - top + 1};${column + 1}H`);
    } else {
      const by = row - this.#row;
      if (by !== 0) this.#parts.push(by < 0 ? `\x1b[${-by}A` : `\x1b[${by}B`);
      this.#parts.push(`\x1b[${column + 1}G`);
    }
    this.#row = row;
    this.#column = column;
  }
}

/** The character at a column, as its client sees it; not for the second column of one. */
export function shownAt({ codePoints, flags }: ScreenRow, column: number): string {
  if (((flags[column] as number) & MASKED) === 0) {
    return String.fromCodePoint((codePoints[column] as number) || SPACE);
  }
  return starOf(codePoints[column + 1] === WIDE_TAIL ? 2 : 1);
}

/** What stands for a masked character, of as many columns. */
export function starOf(width: 1 | 2): string {
  return width === 2 ? '＊' : '*';
}
