import { shownAt } from './repaint.ts';
import type { Screen } from './screen.ts';
import { readLines } from './screen-lines.ts';
import { type ScreenRow, WIDE_TAIL } from './screen-row.ts';

/**
 * Writes the cursor's line of a client's screen once more, where the client's cursor is now, as the client saw it, and
 * leaves the cursor where it stood in it: whoever goes on drawing the line notices nothing.
 */
export function redrawLine(screen: Screen): string {
  const { columns, buffer, styles, renditionParameters } = screen;
  const { lines, cursorLine } = readLines(screen);
  const rows = lines[cursorLine]?.rows ?? [];
  const cursorRow = rows.indexOf(buffer.row);
  const parts: string[] = [];
  let style: string | undefined;
  for (const [index, row] of rows.entries()) {
    const isLast = index === rows.length - 1;
    const end = isLast ? endOf(row, index === cursorRow ? buffer.cursor.column : 0) : columns;
    for (let column = 0; column < end; column++) {
      if (row.codePoints[column] === WIDE_TAIL) continue;
      const own = styles.parametersOf(row.styles[column] ?? 0);
      if (own !== style) parts.push(`\x1b[${own}m`);
      style = own;
      parts.push(shownAt(row, column));
    }
  }
  if (style !== undefined) parts.push(`\x1b[${renditionParameters}m`);
  const up = rows.length - 1 - cursorRow;
  if (up > 0) parts.push(`\x1b[${up}A`);
  parts.push(`\x1b[${Math.min(buffer.cursor.column, columns - 1) + 1}G`);
  return parts.join('');
}

/** Behind the text, but not before the cursor: spaces there were typed. */
function endOf(row: ScreenRow, cursorColumn: number): number {
  return Math.min(Math.max(row.endOfText(), cursorColumn), row.columns);
}
