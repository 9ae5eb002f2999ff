import { classOfField } from './field-names.ts';
import type { ReadToken } from './read-identifiers.ts';
import { addFinding, matchAt, type Subject, textBefore } from './subject.ts';

/** Rows of one table that are read; those behind are text like any other. */
const TABLE_ROWS_MAX = 10_000;
/** Bytes of a first column, and of a line of dashes. */
const FIRST_COLUMN_MAX = 512;
const RULE_LENGTH_MAX = 8_192;

/**
 * A table as terminals show it: a line of names, a line of dashes, and rows of cells between bars. The token is the
 * first crossing in the line of dashes.
 */
export const readTable: ReadToken = (subject, start) => {
  const { text } = subject;
  // One token for each crossing: only the first of a line reads the table.
  const before = textBefore(subject, start, FIRST_COLUMN_MAX);
  const ruleStart = start - before.length + before.lastIndexOf('\n') + 1;
  if (
    ruleStart === 0 ||
    !/^[\s+-]*$/.test(text.slice(ruleStart, start)) ||
    text.slice(ruleStart, start).includes('-+')
  )
    return;
  if (!before.includes('\n')) return;
  const ruleEnd = lineEnd(text, start);
  if (ruleEnd - ruleStart > RULE_LENGTH_MAX || !/^[\s+-]+$/.test(text.slice(ruleStart, ruleEnd)))
    return;
  const header = headerOf(text, ruleStart, ruleEnd);
  if (header === undefined) return;
  const classes = header.line.split('|').map((name) => classOfField(name.trim()));
  if (classes.every((className) => className === undefined)) return;
  let row = header.rowsAt;
  for (let count = 0; count < TABLE_ROWS_MAX && row < text.length; count++) {
    const end = lineEnd(text, row);
    if (!text.slice(row, end).includes('|')) return;
    addCells(subject, row, end, classes);
    row = end + 1;
  }
};

/** psql has the names above its only rule, mysql between two. */
function headerOf(
  text: string,
  ruleStart: number,
  ruleEnd: number,
): { line: string; rowsAt: number } | undefined {
  const above = text.slice(text.lastIndexOf('\n', ruleStart - 2) + 1, ruleStart - 1);
  if (above.includes('|') && !text.startsWith('+', ruleStart))
    return { line: above, rowsAt: ruleEnd + 1 };
  if (!text.startsWith('+', ruleStart)) return undefined;
  const next = lineEnd(text, ruleEnd + 1);
  const second = lineEnd(text, next + 1);
  if (!/^\+-[-+]*\+\s*$/.test(text.slice(next + 1, second))) return undefined;
  return { line: text.slice(ruleEnd + 1, next), rowsAt: second + 1 };
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

const ELEMENT_VALUE = /[^<>]{0,200}?value="([^"<>]{1,200})"/y;
const ELEMENT_TEXT = /[^<>]{0,200}>([^<>]{1,200})</y;

/** An element of a clinical document: its `value`, or what it holds. */
export const readElement: ReadToken = (subject, start, end) => {
  const name = subject.text.slice(start + 1, end).replace(/^.*:/, '');
  const match =
    matchAt(ELEMENT_VALUE, subject.text, end) ?? matchAt(ELEMENT_TEXT, subject.text, end);
  const value = match?.[1]?.trim();
  const className = classOfField(name);
  if (match === null || value === undefined || value === '' || className === undefined) return;
  const valueStart = match.index + match[0].lastIndexOf(value);
  addFinding(subject, valueStart, valueStart + value.length, className);
};

const ROOT_BEFORE = /root="([\d.]{1,64})" $/;

/** `<id root="…" extension="…"/>`: the token is the attribute. */
export const readExtension: ReadToken = (subject, start, end) => {
  const match = matchAt(/="([^"<>]{1,80})"/y, subject.text, end);
  const value = match?.[1];
  if (match === null || value === undefined || !/\d/.test(value)) return;
  const root = ROOT_BEFORE.exec(textBefore(subject, start, 80))?.[1];
  const valueStart = match.index + 2;
  addFinding(
    subject,
    valueStart,
    valueStart + value.length,
    root === SSN_ROOT ? 'ssn' : 'other-id',
  );
};

/** The object identifier of social security numbers in HL7's registry. */
const SSN_ROOT = '2.16.840.1.113883.4.1';
