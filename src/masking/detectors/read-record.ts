import { classOfField } from './field-names.ts';
import type { ReadToken } from './read-identifiers.ts';
import { endOfLine } from './split-row.ts';
import { addFinding, type Subject, textBefore } from './subject.ts';

/** Lines that a value may have below its first where nothing marks them, as in mysql. */
const MORE_LINES_MAX = 100;
/** What stands in a rule before its words. */
const RULE_BEFORE_MAX = 64;
const RULE_START = /(?:^|[\r\n])[+|*-]*$/;
/** A name and what parts it from the value, perhaps in a frame; without a name the value above goes on. */
const NAME_OF_PSQL = /^\|? ?([^|]{0,64}?) {0,64}\| ?/;
const NAME_OF_MYSQL = /^ {0,64}([\w$ ().*@]{1,64}?):(?:\s|$)/;
/** How mysql says that no more rows follow. */
const END_OF_ROWS = /^\d{1,20} rows? in set\b/;
const NOTHING: ReadonlySet<string> = new Set(['', 'NULL']);

/** The rule above a record that psql prints with a column in each line: `-[ RECORD 1 ]---`. */
export const PSQL_RECORD = '-\\[ [A-Z]{2,20} \\d{1,9} \\]';
/** The same of mysql: `*** 1. row ***`. */
export const MYSQL_RECORD = '\\*\\*\\* \\d{1,9}\\. row \\*\\*\\*';

const RULE = new RegExp(`^[+*-]*(?:${PSQL_RECORD}|${MYSQL_RECORD})[+*-]*\\s*$`);

/** Whether a line is the rule above a record, each column of which has a line of its own. */
export function isRecordRule(line: string): boolean {
  return RULE.test(line);
}

/** Whether a line below such a rule is of the record. */
export function isOfRecord(rule: string, line: string): boolean {
  return namePatternOf(rule).test(line);
}

/**
 * A record as psql (`\x`) and mysql (`\G`) print it. The token is what the rule above it says. It ends at a line without a column;
 * in mysql such lines are of the value above them if another column follows, another record, or the end of the rows.
 */
export const readRecord: ReadToken = (subject, start, end) => {
  if (start < (subject.recordsEnd ?? 0)) return;
  if (!RULE_START.test(textBefore(subject, start, RULE_BEFORE_MAX))) return;
  const { text } = subject;
  const namePattern = namePatternOf(text.slice(start, end));
  const moreLinesMax = namePattern === NAME_OF_MYSQL ? MORE_LINES_MAX : 0;
  let nameEnd: number | undefined;
  let className: string | undefined;
  /** Of the value above, if something follows that says so. */
  let more: Line[] = [];
  let at = behindLine(text, end);
  while (at < text.length) {
    const lineEnd = endOfLine(text, at);
    const line = text.slice(at, lineEnd);
    const isEnd = isRecordRule(line) || END_OF_ROWS.test(line);
    const [before = '', name] = (isEnd ? null : namePattern.exec(line)) ?? [];
    const width = before.trimEnd().length;
    // The names of mysql end one below the other.
    const isColumn = name !== undefined && (moreLinesMax === 0 || width === (nameEnd ?? width));
    if (isColumn || isEnd) for (const part of more) addValue(subject, part, className);
    if (isEnd || (!isColumn && more.length === moreLinesMax)) break;
    if (isColumn) {
      if (name.trim() !== '') className = classOfField(name.trim());
      addValue(subject, { start: at + before.length, text: line.slice(before.length) }, className);
      nameEnd = width;
      more = [];
    } else more.push({ start: at, text: line });
    at = behindLine(text, lineEnd);
  }
  subject.recordsEnd = at;
};

/** A line of a value, and where it begins. */
interface Line {
  readonly start: number;
  readonly text: string;
}

function addValue(subject: Subject, { start, text }: Line, className: string | undefined): void {
  const value = valueIn(text);
  if (className === undefined || NOTHING.has(value)) return;
  const valueStart = start + text.indexOf(value);
  addFinding(subject, valueStart, valueStart + value.length, className);
}

/** Without the frame around it, and the sign that it goes on in the next line. */
function valueIn(rest: string): string {
  const withoutFrame = rest.trim().replace(/\|$/, '').trimEnd();
  return withoutFrame.replace(/\+$/, '').trimEnd();
}

function namePatternOf(rule: string): RegExp {
  return rule.includes('*') ? NAME_OF_MYSQL : NAME_OF_PSQL;
}

function behindLine(text: string, at: number): number {
  const end = endOfLine(text, at);
  return text.startsWith('\r\n', end) ? end + 2 : end + 1;
}
