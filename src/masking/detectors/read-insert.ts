import { classesOfHeadings } from './field-names.ts';
import { isNoValue, isOther } from './key-value.ts';
import type { ReadToken } from './read-identifiers.ts';
import { addFinding, matchAt, type Subject } from './subject.ts';

/** Up to the columns: they, and the values, stand behind. */
export const INSERT_PATTERN =
  '(?i)\\b((insert|replace)( ignore)? into |insert \\[)["`\\[\\]\\w.]{1,100}[ \\r\\n]{0,3}\\(';

const COLUMNS =
  /([^()]{1,8000})\)\s{0,60}(?:OVERRIDING (?:SYSTEM|USER) VALUE\s{1,60})?VALUES?\s{0,60}/iy;
const QUOTES_AROUND = /^[\s"`[]+|[\s"`\]]+$/g;
const OPEN = /\(\s{0,60}/y;
/** What a value is made of: a text as SQL quotes it, which may go on behind what is read; brackets of calls and lists; anything else. */
const PART = /'((?:[^'\\]|''|\\(?:[^]|$))*)(?:'|$)|([([])|([)\]])|[^'()[\],]{1,100}|,/y;
/** Parts of one value. */
const PARTS_MAX = 50;
/** Behind a value: the next one or the end of the row. */
const BEHIND = /(,)\s{0,60}|\)\s{0,60}(?:(,)\s{0,60})?/y;

/** A line that ends before the first row; each has a line of its own. */
const HEAD =
  /\b(?:insert|replace)(?: ignore)? (?:into )?["`[\]\w.]{1,100} ?\([^()]{1,8000}\) ?(?:overriding (?:system|user) value )?values?\s*$/i;
const ROW_OF_MORE = /^\s*\(.*\),\s*$/;

/** Whether rows that are inserted follow a line. */
export function isInsertHead(line: string): boolean {
  return HEAD.test(line);
}

/** Whether a line below such a one is a row behind which there are others. */
export function isInsertedRow(head: string, line: string): boolean {
  return ROW_OF_MORE.test(line) && isInsertHead(head);
}

/** Rows that SQL inserts, by the names of their columns, as dumps and logs have them. The token goes up to the first name. */
export const readInsert: ReadToken = (subject, start, end) => {
  const { text } = subject;
  if (start < (subject.insertsEnd ?? 0)) return;
  const columns = matchAt(COLUMNS, text, end);
  const names = columns?.[1]?.split(',').map((name) => name.replace(QUOTES_AROUND, ''));
  const classes = names === undefined ? undefined : classesOfHeadings(names);
  if (columns === null || classes === undefined) return;
  subject.insertsEnd = readRows(subject, end + columns[0].length, classes);
};

/** @returns Where the rows end. */
function readRows(
  subject: Subject,
  start: number,
  classes: readonly (string | undefined)[],
): number {
  const { text } = subject;
  let at = start;
  let index = 0;
  for (;;) {
    const open = index === 0 ? matchAt(OPEN, text, at)?.[0].length : 0;
    if (open === undefined) return at;
    const end = readValue(subject, at + open, classes[index]);
    if (end === undefined) return at;
    const behind = matchAt(BEHIND, text, end);
    if (behind === null) return end;
    at = end + behind[0].length;
    if (behind[1] === undefined && behind[2] === undefined) return at;
    index = behind[1] === undefined ? 0 : index + 1;
  }
}

/** Masks a value: the texts in it, as in a call or a cast; where there is none and no call, all of it. @returns Its end. */
function readValue(
  subject: Subject,
  start: number,
  className: string | undefined,
): number | undefined {
  const { text } = subject;
  let at = start;
  let depth = 0;
  let isBare = true;
  for (let count = 0; count < PARTS_MAX; count++) {
    if (at === text.length || (depth === 0 && (text[at] === ',' || text[at] === ')'))) {
      if (isBare) addBare(subject, start, at, className);
      return at === start ? undefined : at;
    }
    const [all = '', quoted, opening, closing] = matchAt(PART, text, at) ?? [];
    if (quoted !== undefined && quoted !== '' && className !== undefined) {
      if (!isOther(quoted, className))
        addFinding(subject, at + 1, at + 1 + quoted.length, className);
    }
    if (quoted !== undefined || opening !== undefined) isBare = false;
    if (opening !== undefined) depth++;
    else if (closing !== undefined && depth > 0) depth--;
    at += all.length;
  }
  return undefined;
}

/** A number or a word, without its type. */
function addBare(subject: Subject, start: number, end: number, className?: string): void {
  const [value = ''] = subject.text
    .slice(start, end)
    .split('::', 1)
    .map((part) => part.trim());
  if (className === undefined || value === '' || isNoValue(value) || /^default$/i.test(value))
    return;
  const valueStart = subject.text.indexOf(value, start);
  if (!isOther(value, className))
    addFinding(subject, valueStart, valueStart + value.length, className);
}
