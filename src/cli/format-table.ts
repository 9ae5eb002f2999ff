import { displayWidth, escapeLine } from './terminal-text.ts';

/** Columns a cell takes at most; longer ones end in `…`. */
const CELL_WIDTH_MAX = 60;

/**
 * Lays rows out in aligned columns, as psql does. Cells come from elsewhere: their control characters
 * are shown, not sent. Null is an empty cell.
 */
export function formatTable(
  names: readonly string[],
  rows: readonly (readonly (string | null)[])[],
): string {
  const cells = [names, ...rows].map((row) =>
    names.map((_, column) => cut(escapeLine(row[column] ?? ''))),
  );
  const widths = names.map((_, column) =>
    cells.reduce((width, row) => Math.max(width, displayWidth(row[column] ?? '')), 0),
  );
  const lines = cells.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - displayWidth(cell)))
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [lines[0] ?? '', rule, ...lines.slice(1)].join('\n');
}

function cut(text: string): string {
  if (displayWidth(text) <= CELL_WIDTH_MAX) return text;
  const kept: string[] = [];
  let width = 1;
  for (const character of text) {
    width += displayWidth(character);
    if (width > CELL_WIDTH_MAX) break;
    kept.push(character);
  }
  return `${kept.join('')}…`;
}
