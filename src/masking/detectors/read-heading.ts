import { HeadedTable } from './headed-table.ts';
import type { ReadToken } from './read-identifiers.ts';
import { endOfLine, RowReader } from './split-row.ts';
import type { Subject } from './subject.ts';

/** From the first heading that is known back to where its line begins. */
const LINE_REACH = 4_096;

/**
 * A table of comma-separated values, or another without rules between its rows, that stands in a text: its headings, and rows of
 * as many cells. The token is one of the headings.
 */
export const readHeading: ReadToken = (subject, start, end) => {
  if (start < subject.tablesEnd) return;
  const { text } = subject;
  // A line is looked at once, whatever it names. Without one below it there is no table, as in most texts.
  subject.tablesEnd = endOfLine(text, end - 1);
  if (subject.tablesEnd === text.length) return;
  const lineStart = startOfLine(text, start);
  if (lineStart === undefined) return;
  const table = new HeadedTable(false);
  subject.rows ??= new RowReader(text);
  const rowsAt = table.begin(subject.rows, lineStart);
  if (rowsAt === undefined) return;
  readRows(subject, table, rowsAt);
};

/** Where the line begins that `at` stands in; undefined if that is far. */
function startOfLine(text: string, at: number): number | undefined {
  const first = Math.max(0, at - LINE_REACH);
  for (let start = at; start >= first; start--) {
    if (start === 0 || text[start - 1] === '\n' || text[start - 1] === '\r') return start;
  }
  return undefined;
}

/** Rows of a table from `start` on. */
export function readRows(subject: Subject, table: HeadedTable, start: number = 0): void {
  const { text } = subject;
  subject.tablesEnd = table.read(text, start, (cell) => subject.findings.push(cell));
  if (subject.tablesEnd === text.length) subject.openTable = table;
}
