import { classOfField } from './field-names.ts';
import type { ReadToken } from './read-identifiers.ts';
import { endOfLine } from './split-row.ts';
import { addFinding, textBefore } from './subject.ts';

/** Lines of one record that are read. */
const LINES_MAX = 2_000;
/** What stands in a rule before its words. */
const RULE_BEFORE_MAX = 64;
const RULE_START = /(?:^|[\r\n])[+|*-]*$/;
/** A name and what parts it from the value, perhaps in a frame; without a name the value above goes on. */
const NAME_OF_PSQL = /^\|? ?([^|]{0,64}?) {0,64}\| ?/;
const NAME_OF_MYSQL = /^ {0,64}([\w$ ().*@]{1,64}?): /;
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

/** A record as psql (`\x`) and mysql (`\G`) print it, up to a line without a column. The token is what the rule above it says. */
export const readRecord: ReadToken = (subject, start, end) => {
  if (!RULE_START.test(textBefore(subject, start, RULE_BEFORE_MAX))) return;
  const { text } = subject;
  const namePattern = namePatternOf(text.slice(start, end));
  let className: string | undefined;
  let at = behindLine(text, end);
  for (let count = 0; count < LINES_MAX && at < text.length; count++) {
    const lineEnd = endOfLine(text, at);
    const line = text.slice(at, lineEnd);
    const [before, name = ''] = namePattern.exec(line) ?? [];
    if (before === undefined) return;
    if (name.trim() !== '') className = classOfField(name.trim());
    const value = valueIn(line.slice(before.length));
    if (className !== undefined && !NOTHING.has(value)) {
      const valueStart = at + before.length + line.slice(before.length).indexOf(value);
      addFinding(subject, valueStart, valueStart + value.length, className);
    }
    at = behindLine(text, lineEnd);
  }
};

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
