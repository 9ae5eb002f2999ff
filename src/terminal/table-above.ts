import type { ScreenBuffer } from './screen-buffer.ts';
import { TableHeader } from './table-header.ts';
import { goesOn } from './visible-text.ts';

/** What stands above the row at `index`, and left the screen there, of a table that may go on in it. */
export function tableAbove(buffer: ScreenBuffer, index: number): TableHeader {
  const { lostAbove, lostTable, rows } = buffer;
  const first = index < lostAbove ? 0 : lostAbove;
  const table = new TableHeader();
  if (first === lostAbove) table.add(lostTable.text);
  const above = rows.slice(first, index);
  if (table.text === '' && !above.some((row) => row.hasTableSign())) return table;
  for (const [offset, row] of above.entries()) {
    const joins = goesOn(buffer, first + offset);
    table.add(joins ? row.text() : `${row.text(0, row.endOfText())}\n`);
  }
  return table;
}
