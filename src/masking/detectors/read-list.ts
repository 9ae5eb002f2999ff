import { DATA_CLASSES } from '../classes/data-classes.ts';
import { isNoValue, isOther } from './key-value.ts';
import { addFinding, matchAt, type Subject } from './subject.ts';

const OPEN = /\s{0,60}(?:ARRAY)?([[(])\s{0,60}/y;
/** Behind a value: a comma, or the end of the list or of the text. What says that another may follow is each item's third group. */
const BEHIND = '\\s{0,60}(?:(,)\\s{0,60}|[\\])]|$)';
const QUOTED_ITEM = new RegExp(
  `(?:[NE](?='))?(["'])((?:(?!\\1)[^\\\\\\r\\n]|\\\\[^\\r\\n]){0,200})(?:\\1${BEHIND}|$)`,
  'y',
);
/** Without quotes: behind the bracket that ends the list nothing may say that it is a pattern's. */
const BARE_ITEM = new RegExp(
  `()([^\\s,;:=|[\\](){}<>"'*](?:[^\\r\\n,;:=|[\\](){}<>"]{0,98}[^\\s,;:=|[\\](){}<>"])?)${BEHIND}(?![+*?{])`,
  'y',
);

/** The items of YAML, a line each. */
const BLOCK_ITEM =
  /[ \t]{0,20}\r?\n[ \t]{0,60}- {1,3}(["']?)([^\s"'#&*!|>[\]{}:-][^\r\n:#"']{0,100}?)\1[ \t]{0,20}(?=([\r\n])|$)/y;
/** A class in brackets stands in the place of a value that was masked. */
const CLASSES: ReadonlySet<string> = new Set(Object.keys(DATA_CLASSES));

/** A key, and what its values are. */
export interface ListKey {
  readonly start: number;
  /** Behind its sign. */
  readonly end: number;
  readonly className: string;
  /** Whether values may stand without quotes. */
  readonly mayBeBare: boolean;
}

/**
 * The values of a list behind a key: `given: ["Ann", "B"]`, `given=[Ann, B]`, `IN ('Ann', 'Bo')`. Each list is read once, whatever
 * keys stand in it.
 *
 * @returns Whether there is a list.
 */
export function readList(subject: Subject, key: ListKey): boolean {
  const { text } = subject;
  if (key.start < (subject.listsEnd ?? 0)) return false;
  const open = matchAt(OPEN, text, key.end);
  if (open === null) return key.mayBeBare && readItems(subject, key, key.end, [BLOCK_ITEM]);
  const isBare = key.mayBeBare && open[1] === '[';
  const items = isBare ? [QUOTED_ITEM, BARE_ITEM] : [QUOTED_ITEM];
  return readItems(subject, key, key.end + open[0].length, items);
}

/** @returns Whether there is one. */
function readItems(
  subject: Subject,
  { className }: ListKey,
  start: number,
  items: readonly RegExp[],
): boolean {
  const { text } = subject;
  let at = start;
  for (;;) {
    const item = firstMatch(items, text, at);
    if (item === null) break;
    const [all, quote = '', value = '', more] = item;
    const stands = quote === '' && (isNoValue(value) || CLASSES.has(value));
    if (value !== '' && !stands && !isOther(value, className)) {
      const valueStart = at + all.indexOf(quote + value) + quote.length;
      addFinding(subject, valueStart, valueStart + value.length, className);
    }
    at += all.length;
    if (more === undefined) break;
  }
  if (at === start) return false;
  subject.listsEnd = at;
  return true;
}

function firstMatch(
  expressions: readonly RegExp[],
  text: string,
  at: number,
): RegExpExecArray | null {
  for (const expression of expressions) {
    const match = matchAt(expression, text, at);
    if (match !== null) return match;
  }
  return null;
}
