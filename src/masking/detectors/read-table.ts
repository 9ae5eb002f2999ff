import { classOfField } from './field-names.ts';
import { HeadedTable } from './headed-table.ts';
import type { ReadToken } from './read-identifiers.ts';
import { addFinding, type Subject, textBefore } from './subject.ts';

/** Rows of one table that are read; those behind are text like any other. */
const TABLE_ROWS_MAX = 10_000;
/** Bytes of a first column, and of a rule. */
const FIRST_COLUMN_MAX = 512;
const RULE_LENGTH_MAX = 8_192;

/** The names of a table's columns, and where its rows begin. */
interface Header {
  readonly names: string;
  readonly rowsAt: number;
}

/** Whether a line is the rule of dashes that psql prints below the names of more than one column. */
export function isOpenRule(line: string): boolean {
  return /^[\s-]*-\+-[\s+-]*$/.test(line);
}

/** Whether a line is one of the rules that mysql prints above and below the names, and below the rows. */
export function isFrameRule(line: string): boolean {
  return /^\+-[-+]*\+\s*$/.test(line);
}

/**
 * A table as terminals show it: names, rules of dashes, and rows of cells between bars. The token is the beginning of a
 * frame's rule, or the first crossing in another.
 */
export const readTable: ReadToken = (subject, start) => {
  const { text } = subject;
  const before = textBefore(subject, start, FIRST_COLUMN_MAX);
  if (!before.includes('\n') && before.length < start) return;
  const ruleStart = start - before.length + before.lastIndexOf('\n') + 1;
  // One token for each crossing: only the first of a line reads the table.
  if (text.slice(ruleStart, start).includes('+')) return;
  const ruleEnd = lineEnd(text, start);
  if (ruleEnd - ruleStart > RULE_LENGTH_MAX) return;
  const header = headerAt(text, ruleStart, ruleEnd);
  const classes = header === undefined ? [] : classesOfNames(header.names);
  if (header === undefined || classes.every((className) => className === undefined)) return;
  let row = header.rowsAt;
  for (let count = 0; count < TABLE_ROWS_MAX && row < text.length; count++) {
    const end = lineEnd(text, row);
    if (!text.slice(row, end).includes('|')) return;
    addCells(subject, row, end, classes);
    row = end + 1;
  }
  if (row < text.length) return;
  subject.openTable = new HeadedTable(false);
  subject.openTable.take('|', classes);
};

/** What columns hold by their names: `Name` of what psql lists is that of a table, a function or a database. */
function classesOfNames(line: string): readonly (string | undefined)[] {
  const names = line.split('|').map((name) => name.trim());
  const isCatalog = names.includes('Schema') || names.includes('Encoding');
  return names.map((name) => (isCatalog && name === 'Name' ? undefined : classOfField(name)));
}

/** psql has the names above its only rule, mysql between two. */
function headerAt(text: string, ruleStart: number, ruleEnd: number): Header | undefined {
  const rule = text.slice(ruleStart, ruleEnd);
  if (isFrameRule(rule)) {
    const namesEnd = lineEnd(text, ruleEnd + 1);
    const secondEnd = lineEnd(text, namesEnd + 1);
    const names = text.slice(ruleEnd + 1, namesEnd);
    const isWhole = names.includes('|') && isFrameRule(text.slice(namesEnd + 1, secondEnd));
    return isWhole ? { names, rowsAt: secondEnd + 1 } : undefined;
  }
  const names = text.slice(text.lastIndexOf('\n', ruleStart - 2) + 1, Math.max(0, ruleStart - 1));
  return isOpenRule(rule) && names.includes('|') ? { names, rowsAt: ruleEnd + 1 } : undefined;
}

function addCells(
  subject: Subject,
  rowStart: number,
  rowEnd: number,
  classes: readonly (string | undefined)[],
): void {
  let cellStart = rowStart;
  for (const className of classes) {
    const bar = subject.text.indexOf('|', cellStart);
    const cellEnd = bar === -1 || bar > rowEnd ? rowEnd : bar;
    const cell = subject.text.slice(cellStart, cellEnd);
    const value = cell.trim();
    if (className !== undefined && value !== '' && value !== 'NULL') {
      const start = cellStart + cell.indexOf(value);
      addFinding(subject, start, start + value.length, className);
    }
    cellStart = cellEnd + 1;
    if (cellStart > rowEnd) return;
  }
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}
