import { classOfKey } from './field-names.ts';
import type { ReadToken } from './read-identifiers.ts';
import { addFinding, matchAt, textBefore } from './subject.ts';

/** The name within a key, without what says how it is asked by or where it stands. */
const NAME = /^[\w -]{1,60}/;
/** Words that people write before a colon. `first_name`, `firstName` and `"email"` are written by programs. */
const OF_PROGRAM = /_|[a-z][A-Z]|["']\]?\s{0,3}:$/;
const QUOTED = / {0,3}(["'])((?:(?!\1)[^\\\r\n]|\\[^\r\n]){1,200})\1/y;
/** Lists go on behind a comma, but not what has a key of its own. */
const BARE = /(?:[^\s&;,|"()[\]{}<>]|[;,|](?![ \w.-]{0,40}[=:])(?=[^\s;,|&"'])){1,200}(?<!')/y;
const REST_OF_LINE = / {0,3}([^\s"'#](?:(?![;,&| ] {0,2}[\w.-]{0,40} {0,2}=| #)[^\r\n]){0,199})/y;
/** Before a key with a line of its own, as in properties, INI, TOML and YAML. */
const START_OF_LINE = /(?:^|[\r\n])[ \t]{0,40}(?:- {1,3})?(?:export )?(?:[\w-]{1,40}\.){0,8}["']?$/;
const LINE_REACH = 120;
/** What stands for a value, or says that there is none. */
const NO_VALUE =
  /^(?:null|none|nil|undefined|true|false|string|text|\[[a-z-]+\]|[[{(*$?:@%<>=|&!~].*)[,;]?$/i;

/** A call without strings in it, or an index. `jo.doe(at)example.org` is none. */
const CALL = /^(?:[A-Za-z_]\w{1,60}\.){1,8}[A-Za-z_]\w{1,60}[([](?!at\W)[^"']*$/;
/** What programs write behind a colon for what a value is. */
const TYPE = /^(?:str|int|bool|bytes|float|date|datetime)[,;)]?$/;
/** What a socket is of. */
const SOCKETS = /^AF_(?:INET6?|UNIX|UNSPEC|NETLINK|PACKET)\b/;
const LETTER = /[A-Za-z\u0080-\u00ff]/;
/** Found by itself, so that its port stays. */
const IP_ADDRESS = /^\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?[,;)]?$/;
const FONT = /font-$/i;

/** A key that says what it holds, and its value: of query strings, properties, objects as programs print them. The token is the key and its sign. */
export const readKey: ReadToken = (subject, start, end) => {
  const { text } = subject;
  const token = text.slice(start, end);
  const name = NAME.exec(token)?.[0].trim() ?? '';
  const className = classOfKey(name);
  if (className === undefined || text[end] === '=') return;
  if (FONT.test(text.slice(Math.max(0, start - 5), start))) return;
  const quoted = matchAt(QUOTED, text, end);
  if (quoted !== null) {
    if (isOther(quoted[2] as string, className)) return;
    const valueEnd = end + quoted[0].length - 1;
    return addFinding(subject, valueEnd - (quoted[2] as string).length, valueEnd, className);
  }
  if (token.endsWith(':') && !OF_PROGRAM.test(token)) return;
  const hasLine = START_OF_LINE.test(textBefore(subject, start, LINE_REACH));
  const value = hasLine
    ? matchAt(REST_OF_LINE, text, end)?.[1]?.trimEnd()
    : token.endsWith('=')
      ? matchAt(BARE, text, end)?.[0]
      : undefined;
  if (value === undefined || NO_VALUE.test(value) || isNamedLike(value, name)) return;
  if (CALL.test(value) || (token.endsWith(':') && TYPE.test(value))) return;
  if (isOther(value, className)) return;
  const valueStart = text.indexOf(value, end);
  addFinding(subject, valueStart, valueStart + value.length, className);
};

/** Whether a value is none of this class: a number or a family of sockets is no name, and an address may be one of a network. */
function isOther(value: string, className: string): boolean {
  if (className === 'name') return !LETTER.test(value) || SOCKETS.test(value);
  return className === 'address' && IP_ADDRESS.test(value);
}

/** `ssn = p.ssn`: what is set is called as what it is set to. */
function isNamedLike(value: string, name: string): boolean {
  return value.toLowerCase().replace(/[,;]$/, '').endsWith(name.toLowerCase());
}
