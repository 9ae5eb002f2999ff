import type { ScreenBuffer } from './screen-buffer.ts';
import { TableHeader } from './table-header.ts';
import { goesOn } from './visible-text.ts';

/** What stands above the row at `index`, and scrolled away above it, of a table that may go on in it. */
export function tableAbove(buffer: ScreenBuffer, index: number): TableHeader {
  const { lostTable, lostTableAbove, rows } = buffer;
  const table = new TableHeader(buffer.headings);
  const lost = lostTable.text;
  // Without any sign of a table nothing is said: a line without an end is none.
  if (!/[|+*,;[(]/.test(lost) && !rows.slice(0, index).some((row) => row.hasTableSign()))
    return table;
  for (const [at, row] of rows.slice(0, index + 1).entries()) {
    if (at === lostTableAbove) {
      table.endLine();
      table.add(lost);
    }
    if (at === index) break;
    if (buffer.prompts.begin(row)) table.end();
    if (goesOn(buffer, at)) table.add(row.text());
    else table.addLine(row.line);
  }
  return table;
}
