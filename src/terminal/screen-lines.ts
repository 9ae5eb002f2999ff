import type { Screen } from './screen.ts';
import type { ScreenRow } from './screen-row.ts';
import { goesOn } from './visible-text.ts';

/** A line of text on a screen, over as many rows as it takes. */
export interface ScreenLine {
  readonly rows: readonly ScreenRow[];
  readonly text: string;
  /** Characters before the cursor; undefined where the cursor is elsewhere. */
  readonly cursorAt: number | undefined;
  /** Whether what stands behind the cursor looks otherwise than plain text: a suggestion, maybe. */
  readonly hasStyledRest: boolean;
}

/** The lines of a screen from the top to the last one that is not empty, and which of them has the cursor. */
export function readLines(screen: Screen): { lines: readonly ScreenLine[]; cursorLine: number } {
  const { buffer } = screen;
  const lines: ScreenLine[] = [];
  let cursorLine = 0;
  for (let first = 0; first < buffer.rows.length; ) {
    let last = first;
    while (last < buffer.rows.length - 1 && goesOn(buffer, last)) last += 1;
    if (buffer.cursor.row >= first && buffer.cursor.row <= last) cursorLine = lines.length;
    lines.push(readLine(screen, first, last));
    first = last + 1;
  }
  while (lines.length > cursorLine + 1 && lines.at(-1)?.text === '') lines.pop();
  return { lines, cursorLine };
}

function readLine(screen: Screen, first: number, last: number): ScreenLine {
  const { rows, cursor } = screen.buffer;
  let text = '';
  let cursorAt: number | undefined;
  let hasStyledRest = false;
  for (const [offset, row] of rows.slice(first, last + 1).entries()) {
    const hasCursor = first + offset === cursor.row;
    // Spaces that were typed stand before the cursor.
    const written = Math.max(row.endOfText(), hasCursor ? Math.min(cursor.column, row.columns) : 0);
    const end = first + offset < last ? row.columns : written;
    if (cursorAt !== undefined && isStyled(row, 0, end)) hasStyledRest = true;
    if (hasCursor) {
      cursorAt = text.length + row.text(0, Math.min(cursor.column, end)).length;
      hasStyledRest = isStyled(row, cursor.column, end);
    }
    text += row.text(0, end);
  }
  return { rows: rows.slice(first, last + 1), text, cursorAt, hasStyledRest };
}

function isStyled(row: ScreenRow, from: number, to: number): boolean {
  return row.styles.subarray(from, to).some((style) => style !== 0);
}
