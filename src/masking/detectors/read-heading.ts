import { HeadedTable } from './headed-table.ts';
import type { ReadToken } from './read-identifiers.ts';
import { endOfLine, RowReader } from './split-row.ts';
import { type Subject, textBefore } from './subject.ts';

/** From the first heading that is known back to where its line begins. */
const LINE_REACH = 4_096;

/**
 * A table of comma-separated values, or another without rules between its rows, that stands in a text: its headings, and rows of
 * as many cells. The token is one of the headings.
 */
export const readHeading: ReadToken = (subject, start, end) => {
  if (start < subject.tablesEnd) return;
  const { text } = subject;
  // Without a row below it there is no table, as in most texts.
  if (text.indexOf('\n', end - 1) === -1 && text.indexOf('\r', end - 1) === -1) {
    subject.tablesEnd = text.length;
    return;
  }
  const before = textBefore(subject, start, LINE_REACH);
  const lineStart =
    start - before.length + Math.max(before.lastIndexOf('\n'), before.lastIndexOf('\r')) + 1;
  // A line is looked at once, whatever it names.
  subject.tablesEnd = endOfLine(text, end - 1);
  if (lineStart === start - before.length && lineStart > 0) return;
  const table = new HeadedTable(false);
  subject.rows ??= new RowReader(text);
  const rowsAt = table.begin(subject.rows, lineStart);
  if (rowsAt === undefined) return;
  readRows(subject, table, rowsAt);
};

/** Rows of a table from `start` on. */
export function readRows(subject: Subject, table: HeadedTable, start: number = 0): void {
  const { text } = subject;
  subject.tablesEnd = table.read(text, start, (cell) => subject.findings.push(cell));
  if (subject.tablesEnd === text.length) subject.openTable = table;
}
