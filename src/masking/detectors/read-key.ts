import { classOfKey, QUOTING } from './field-names.ts';
import { isNoValue, isOther } from './key-value.ts';
import { isSureFirstName } from './lexicon.ts';
import { isLikely } from './name-reading.ts';
import type { ReadToken } from './read-identifiers.ts';
import { readList } from './read-list.ts';
import { addFinding, matchAt, type Subject } from './subject.ts';

/** The name within a key, without what says how it is asked by or where it stands. */
const NAME = /^[\w -]{1,60}/;
/** Words that people write before a colon. `first_name`, `firstName` and `"email"` are written by programs. */
const OF_PROGRAM = /_|[a-z][A-Z]|["']\]?\s{0,3}:$/;
const BEFORE_QUOTES = new RegExp(`["']?${QUOTING}$`, 'i');
/** A text may end within its value. */
const QUOTED =
  /[ \t]{0,3}(?:[NE](?='))?(["'])((?:(?!\1)[^\\\r\n]|\\[^\r\n]){1,200})(?:(\1)|(?![^\r\n]))/y;
/** Lists go on behind a comma, but not what has a key of its own. */
const BARE = /(?:[^\s&;,|"()[\]{}<>]|[;,|](?![ \w.-]{0,40}[=:])(?=[^\s;,|&"'])){1,200}(?<!')/y;
const REST_OF_LINE = / {0,3}([^\s"'#](?:(?![;,&| ] {0,2}[\w.-]{0,40} {0,2}=| #)[^\r\n]){0,199})/y;
/** Within a line: words with a capital, or what has a digit. */
const NAME_WITHIN_LINE =
  / ?([A-Z\u0080-\u00ff][\w'.\u0080-\u00ff-]{0,60}(?: [A-Z\u0080-\u00ff][\w'.\u0080-\u00ff-]{0,60}){0,4})(?=[\s,;)}\]|&]|$)(?! {0,3}[:=(|])/y;
const NUMBER_WITHIN_LINE = / ?((?=[^\s,;(){}[\]|]{0,60}[\d@])[^\s,;(){}[\]|"'<>]{1,200})/y;
const NAME_ON_LINE =
  / {1,3}([A-Z][A-Za-z'-]{0,30}(?: [A-Z][A-Za-z'-]{0,30}){0,2})[ \t]*(?![^\r\n])/y;
/** Values of a structure as Go prints it: up to the next name or the end. */
const OF_STRUCTURE = /([^\s{}[\]:"'][^{}[\]\r\n:"']{0,100}?)(?= [A-Z]\w{0,40}:|\})/y;
const STRUCTURE_REACH = 300;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
/** Before a key with a line of its own, as in properties, INI, TOML and YAML. */
const START_OF_LINE =
  /(?<=(?:^|[\r\n])[ \t]{0,40}(?:- {1,3})?(?:export )?(?:[\w-]{1,40}\.){0,8}["']?)/y;

/** A call without strings in it, or an index. `jo.doe(at)example.org` is none. */
const CALL = /^(?:[A-Za-z_]\w{1,60}\.){1,8}[A-Za-z_]\w{1,60}[([](?!at\W)[^"']*$/;
/** What programs write behind a colon for what a value is. */
const TYPE = /^(?:str|int|bool|bytes|float|date|datetime)[,;)]?$/;
const FONT = /(?<=font-)/iy;

/** A key, its sign, and the text around it. */
interface Key {
  readonly subject: Subject;
  readonly start: number;
  /** Behind the sign. */
  readonly end: number;
  readonly token: string;
  readonly className: string;
  /** Whether it was a program that wrote it, by what it looks like. */
  readonly isOfProgram: boolean;
}

/** A key that says what it holds, and its value: of query strings, properties, objects as programs print them. The token is the key and its sign. */
export const readKey: ReadToken = (subject, start, end) => {
  const { text } = subject;
  const token = text.slice(start, end);
  const isOfProgram = !token.endsWith(':') || OF_PROGRAM.test(token);
  const name = nameOf(token);
  const className = classOfName(subject, start, end, name);
  if (className === undefined) return;
  const key: Key = { subject, start, end, token, className, isOfProgram };
  const isInStructure = isOfStructure(key);
  const mayBeBare = isOfProgram || isInStructure;
  if (readQuoted(key) || readList(subject, { start, end, className, mayBeBare })) return;
  const value = isInStructure
    ? matchAt(OF_STRUCTURE, text, end)?.[1]
    : isOfProgram
      ? valueOf(key)
      : nameOnLine(key);
  if (value === undefined || isNoValue(value) || isNamedLike(value, name)) return;
  if (CALL.test(value) || (token.endsWith(':') && TYPE.test(value))) return;
  if (isOther(value, className)) return;
  const valueStart = text.indexOf(value, end);
  addFinding(subject, valueStart, valueStart + value.length, className);
};

/** The same before what only says something of a value in quotes, or of a list of such: `LIKE`, `IN`, `value=`. */
export const readKeyOfQuoted: ReadToken = (subject, start, end) => {
  const token = subject.text.slice(start, end);
  const name = nameOf(token.replace(BEFORE_QUOTES, ''));
  const className = classOfName(subject, start, end, name);
  if (className === undefined) return;
  if (readQuoted({ subject, start, end, token, className, isOfProgram: true })) return;
  readList(subject, { start, end, className, mayBeBare: false });
};

function nameOf(key: string): string {
  return NAME.exec(key)?.[0].trim() ?? '';
}

/** What a key holds, if its sign is one and it is none of a style sheet. */
function classOfName(
  { text }: Subject,
  start: number,
  end: number,
  name: string,
): string | undefined {
  if (text[end] === '=' || matchAt(FONT, text, start) !== null) return undefined;
  return classOfKey(name);
}

/** @returns Whether there is a value in quotes, of this class or not. */
function readQuoted({ subject, end, className, isOfProgram }: Key): boolean {
  const [all = '', , value = '', closing] = matchAt(QUOTED, subject.text, end) ?? [];
  if (all === '' || (closing === undefined && !isOfProgram)) return false;
  const valueEnd = end + all.length - (closing === undefined ? 0 : 1);
  if (!isOther(value, className)) addFinding(subject, valueEnd - value.length, valueEnd, className);
  return true;
}

/** What stands behind a key without quotes. */
function valueOf({ subject, start, end, token, className }: Key): string | undefined {
  const { text } = subject;
  if (matchAt(START_OF_LINE, text, start) !== null)
    return matchAt(REST_OF_LINE, text, end)?.[1]?.trimEnd();
  if (token.endsWith('=')) return matchAt(BARE, text, end)?.[0];
  if (!token.endsWith(':')) return undefined;
  return matchAt(className === 'name' ? NAME_WITHIN_LINE : NUMBER_WITHIN_LINE, text, end)?.[1];
}

/** Whether a key is one of a structure as Go prints it: `{ID:1 Family:Ann Lee}`. */
function isOfStructure({ subject, start, end, token }: Key): boolean {
  if (!/^[A-Z]\w*:$/.test(token) || subject.text[end] === ' ') return false;
  return isWithinBraces(subject.text, start);
}

/** Whether a brace that is open stands near before a place, on its line. */
function isWithinBraces(text: string, start: number): boolean {
  let closed = 0;
  const first = Math.max(0, start - STRUCTURE_REACH);
  for (let at = start - 1; at >= first; at--) {
    const sign = text.charCodeAt(at);
    if (sign === LINE_FEED || sign === CARRIAGE_RETURN) return false;
    if (sign === CLOSING_BRACE) closed++;
    else if (sign === OPENING_BRACE && closed-- === 0) return true;
  }
  return false;
}

/** Words that may be a name, and nothing else, in a line of YAML: `family: Lee`. A sentence has others. */
function nameOnLine({ subject, start, end, token, className }: Key): string | undefined {
  if (className !== 'name' || !/^[a-z]+:$/.test(token)) return undefined;
  const name = matchAt(NAME_ON_LINE, subject.text, end)?.[1];
  if (
    name === undefined ||
    !name.split(/[ -]/).every((word) => isLikely(word) || isSureFirstName(word))
  )
    return undefined;
  return matchAt(START_OF_LINE, subject.text, start) === null ? undefined : name;
}

/** `ssn = p.ssn`: what is set is called as what it is set to. */
function isNamedLike(value: string, name: string): boolean {
  return value.toLowerCase().replace(/[,;]$/, '').endsWith(name.toLowerCase());
}
