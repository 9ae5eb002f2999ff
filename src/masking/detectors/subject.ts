import type { Finding } from './finding.ts';
import type { HeadedTable } from './headed-table.ts';
import type { RowReader } from './split-row.ts';

/** A text that is looked through, and what was found in it so far. */
export interface Subject {
  /** One character per byte, so that offsets are those of the bytes. */
  readonly text: string;
  readonly findings: Finding[];
  /** Words of the names found so far that are worth looking for elsewhere. */
  readonly nameWords: Set<string>;
  /** Up to where its tables are read. */
  tablesEnd: number;
  /** Where the label ends behind whose sign a name was read last. */
  labelsEnd?: number;
  /** Where there are signs alone that may be of a URL. */
  urlSigns?: { readonly start: number; readonly end: number };
  /** Up to where lists behind keys are read. */
  listsEnd?: number;
  /** Up to where rows that SQL inserts are read. */
  insertsEnd?: number;
  /** Up to where records with a column in each line are read. */
  recordsEnd?: number;
  /** What splits their first rows. */
  rows?: RowReader;
  /** The one that may go on behind the text. */
  openTable?: HeadedTable | undefined;
}

/** Adds a finding; those that overlap are joined in the end. */
export function addFinding(subject: Subject, start: number, end: number, className: string): void {
  subject.findings.push({ start, end, className });
}

/** What a sticky expression matches at `start`, or one that is not from there on. */
export function matchAt(expression: RegExp, text: string, start: number): RegExpExecArray | null {
  expression.lastIndex = start;
  return expression.exec(text);
}

/** Characters read back from a token for what stands before it. */
const BEFORE_LENGTH = 40;

/** The text before `start`, as much of it as may say what follows. */
export function textBefore(
  { text }: Subject,
  start: number,
  length: number = BEFORE_LENGTH,
): string {
  return text.slice(Math.max(0, start - length), start);
}

/** Whether the digits of a token go on beyond it, as in the middle of a longer number. */
export function isPartOfNumber({ text }: Subject, start: number, end: number): boolean {
  return (
    /\d[-.]$/.test(text.slice(Math.max(0, start - 2), start)) ||
    /^[-.]\d/.test(text.slice(end, end + 2))
  );
}
