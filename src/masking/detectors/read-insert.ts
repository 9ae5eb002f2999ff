import { classesOfHeadings } from './field-names.ts';
import { isNoValue, isOther } from './key-value.ts';
import type { ReadToken } from './read-identifiers.ts';
import { addFinding, matchAt, type Subject } from './subject.ts';

/** Up to the columns: they, and the values, stand behind. */
export const INSERT_PATTERN = '(?i)\\b(insert|replace)( ignore)? into ["`\\[\\]\\w.]{1,100} ?\\(';

const COLUMNS = /([^()]{1,8000})\)\s{0,60}VALUES?\s{0,60}/iy;
const QUOTES_AROUND = /^[\s"`[]+|[\s"`\]]+$/g;
const OPEN = /\(\s{0,60}/y;
/** As SQL quotes texts, with what may say of which sort they are; a text may end within its value. */
const QUOTED = /(?:[A-Z]|_\w{1,12} ?)?'((?:[^'\\]|''|\\[^]){0,8000})(?:'|$)/iy;
/** A number, a word, or a call without texts in it. */
const BARE = /([^\s,()'](?:[^,()']{0,200}[^\s,()'])?)(?:\([^()']{0,200}\))?/y;
/** Behind a value: perhaps its type, then the next one or the end of the row. */
const BEHIND = /(?:::[\w ]{1,40})?\s{0,60}(?:(,)\s{0,60}|\)\s{0,60}(?:(,)\s{0,60})?)/y;

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
    const length = readValue(subject, at + open, classes[index]);
    if (length === undefined) return at;
    const behind = matchAt(BEHIND, text, at + open + length);
    if (behind === null) return at + open + length;
    at = at + open + length + behind[0].length;
    if (behind[1] === undefined && behind[2] === undefined) return at;
    index = behind[1] === undefined ? 0 : index + 1;
  }
}

/** @returns The length of the value; undefined if there is none. */
function readValue(
  subject: Subject,
  at: number,
  className: string | undefined,
): number | undefined {
  const quoted = matchAt(QUOTED, subject.text, at);
  const [all, value = ''] = quoted ?? matchAt(BARE, subject.text, at) ?? [];
  if (all === undefined) return undefined;
  const stands = quoted === null && (isNoValue(all) || /^default$/i.test(value));
  if (className !== undefined && value !== '' && !stands && !isOther(value, className)) {
    const valueStart = at + all.indexOf(value, quoted === null ? 0 : all.indexOf("'") + 1);
    addFinding(subject, valueStart, valueStart + value.length, className);
  }
  return all.length;
}
