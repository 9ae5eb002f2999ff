import { type Token, tokenize } from './tokens.ts';

/** Encodings of databases with characters of several bytes: there the server folds no letters but those of ASCII. */
const MULTI_BYTE = /^(?:UTF8|UNICODE|EUC_(?:CN|JP|JIS_2004|KR|TW)|MULE_INTERNAL)$/u;

/** Bytes of a name that a server keeps. */
const NAME_BYTES_MAX = 63;

const BEYOND_ASCII = /[\u0080-\u{10ffff}]/u;
const ESCAPED_NAME = /u&"/iu;

/**
 * Why a server whose database is not in UTF-8 may read a name in a text as another one than our parser, or undefined. Where a character is
 * one byte, it also folds letters beyond ASCII to lower case, if the database's locale has them; and it cuts long names by their bytes in its
 * own encoding. A name of an output column alone may be folded: nothing is found by it.
 *
 * @param serverEncoding As the server reports `server_encoding`.
 * @see downcase_identifier in PostgreSQL's `scansup.c`
 */
export function findUncertainName(text: string, serverEncoding: string): string | undefined {
  const encoding = serverEncoding.toUpperCase();
  if (encoding === 'UTF8' || encoding === 'UNICODE') return undefined;
  if (!BEYOND_ASCII.test(text) && !ESCAPED_NAME.test(text)) return undefined;
  const tokens = tokenize(text);
  const spelled = (token: Token | undefined): string =>
    token === undefined ? '' : text.slice(token.start, token.end);
  const names = tokens.filter(({ kind }) => kind === 'word' || kind === 'name').map(spelled);
  if (names.some(mayBeCut))
    return `a name beyond ASCII is longer than ${NAME_BYTES_MAX} bytes, and the database is in ${encoding}`;
  if (MULTI_BYTE.test(encoding)) return undefined;
  const mayFold = encoding === 'SQL_ASCII' ? BEYOND_ASCII.test.bind(BEYOND_ASCII) : hasCapitals;
  const spellings = countSpellings(names);
  const isUncertain = tokens.some((token, index) => {
    const name = spelled(token);
    if (token.kind !== 'word' || !mayFold(name)) return false;
    const isOutput = isOutputName(spelled(tokens[index - 1]), spelled(tokens[index + 1]));
    return !isOutput || spellings.get(foldName(name)) !== 1;
  });
  return isUncertain
    ? `a name with letters beyond ASCII that may be folded to lower case is not in double quotes, and the database is in ${encoding}`
    : undefined;
}

/** One that is ASCII as it is written is cut alike everywhere; escapes are longer than what they stand for. */
function mayBeCut(name: string): boolean {
  const isPlain = !BEYOND_ASCII.test(name) && !ESCAPED_NAME.test(name);
  return !isPlain && Buffer.byteLength(name) > NAME_BYTES_MAX;
}

/** Letters beyond ASCII that are others in lower case. */
function hasCapitals(name: string): boolean {
  const letters = name.match(/[\u0080-\u{10ffff}]/gu) ?? [];
  return letters.some((letter) => letter.toLowerCase() !== letter);
}

/** `AS name,` and `AS name FROM`. */
function isOutputName(before: string, after: string): boolean {
  return before.toLowerCase() === 'as' && /^(?:,|;|from|)$/iu.test(after);
}

/** In how many ways each name stands there, by its lower case. One with escapes may be any. */
function countSpellings(names: readonly string[]): ReadonlyMap<string, number> {
  if (names.some((name) => ESCAPED_NAME.test(name))) return new Map();
  const counts = new Map<string, number>();
  for (const name of new Set(names))
    counts.set(foldName(name), (counts.get(foldName(name)) ?? 0) + 1);
  return counts;
}

function foldName(name: string): string {
  return name.replaceAll(/^"|"$/gu, '').toLowerCase();
}
