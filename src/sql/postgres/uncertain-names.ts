import type { NameContext } from './catalog.ts';
import { type Token, tokenize } from './tokens.ts';

/** Encodings of databases with characters of several bytes: there the server folds no letters but those of ASCII. */
const MULTI_BYTE = /^(?:UTF8|UNICODE|EUC_(?:CN|JP|JIS_2004|KR|TW)|MULE_INTERNAL)$/u;

/** Bytes of a name that a server keeps, in its own encoding (NAMEDATALEN). */
export const nameBytesMax = 63;

/** Encodings of databases in which a letter can have more bytes than in UTF-8, and how many it has at most. */
const WIDE_ENCODINGS: ReadonlyMap<string, number> = new Map([
  ['EUC_JP', 3],
  ['EUC_JIS_2004', 3],
  ['EUC_TW', 4],
  ['MULE_INTERNAL', 4],
]);

const BEYOND_ASCII = /[\u0080-\u{10ffff}]/u;
const EACH_BEYOND_ASCII = /[\u0080-\u{10ffff}]/gu;
const ESCAPED_NAME = /u&"/iu;

/** In what a client's text is, and the database: as the server reports `client_encoding` and `server_encoding`. */
export interface TextEncodings {
  readonly client: string;
  readonly server: string;
}

/** UTF8 where the database has not said. */
export function encodingsOf({
  clientEncoding,
  serverEncoding = 'UTF8',
}: NameContext): TextEncodings {
  return { client: clientEncoding, server: serverEncoding };
}

/**
 * Why the server may read a name in a text as another one than our parser, or undefined: because the text was not read in the client's
 * encoding, or because the database is not in UTF-8. Where a character is one byte, the server also folds letters beyond ASCII to lower case,
 * if the database's locale has them; and it cuts long names by their bytes in its own encoding. A name of an output column alone may be
 * another: nothing is found by it.
 *
 * @see downcase_identifier in PostgreSQL's `scansup.c`
 */
export function findUncertainName(text: string, encodings: TextEncodings): string | undefined {
  const { client } = encodings;
  const encoding = encodings.server.toUpperCase();
  const isUtf8 = isUnicode(encoding);
  const isExact = isReadExactly(text, encodings);
  if (isUtf8 && isExact) return undefined;
  if (!BEYOND_ASCII.test(text) && !ESCAPED_NAME.test(text)) return undefined;
  const tokens = tokenize(text);
  const spelled = (token: Token | undefined): string =>
    token === undefined ? '' : text.slice(token.start, token.end);
  const named = tokens.map(({ kind }) => kind === 'word' || kind === 'name');
  const names = tokens.filter((_, index) => named[index]).map(spelled);
  const spellings = countSpellings(names);
  const hasDoubtful = (isDoubtful: (token: Token, name: string) => boolean): boolean =>
    tokens.some((token, index) => {
      const name = spelled(token);
      if (named[index] !== true || !isDoubtful(token, name)) return false;
      const isOutput = isOutputName(spelled(tokens[index - 1]), spelled(tokens[index + 1]));
      return !isOutput || spellings.get(foldName(name)) !== 1;
    });
  if (!isExact && hasDoubtful((_, name) => BEYOND_ASCII.test(name)))
    return `a name beyond ASCII may be another one to the server, since client_encoding is ${client}`;
  if (!isUtf8 && names.some((name) => mayBeCut(name, encoding)))
    return `a name beyond ASCII may be longer than ${nameBytesMax} bytes, and the database is in ${encoding}`;
  if (MULTI_BYTE.test(encoding)) return undefined;
  return hasDoubtful(({ kind }, name) => kind === 'word' && mayBeFolded(name, encoding))
    ? `a name with letters beyond ASCII that may be folded to lower case is not in double quotes, and the database is in ${encoding}`
    : undefined;
}

/**
 * Whether what was decoded as UTF-8, or else as Latin-1, has the characters that the server reads in the client's encoding. A database in
 * SQL_ASCII takes the bytes as they come, and its catalog is read as UTF-8.
 */
export function isReadExactly(text: string, { client, server }: TextEncodings): boolean {
  const encoding = client.toUpperCase();
  if (isUnicode(encoding)) return true;
  if (server.toUpperCase() === 'SQL_ASCII') return !BEYOND_ASCII.test(text);
  switch (encoding) {
    case 'LATIN1':
      return true;
    case 'WIN1252':
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are where it differs from Latin-1
      return !/[\u0080-\u009f]/u.test(text);
    default:
      return !BEYOND_ASCII.test(text);
  }
}

/** Whether the server may fold letters beyond ASCII of a name without quotes: in SQL_ASCII, single bytes of them. */
export function mayBeFolded(name: string, serverEncoding: string): boolean {
  const encoding = serverEncoding.toUpperCase();
  if (!BEYOND_ASCII.test(name) || MULTI_BYTE.test(encoding)) return false;
  return encoding === 'SQL_ASCII' || hasCapitals(name);
}

/** Bytes that a name has at most in UTF-8, in which our parser cuts it, and in the encoding of the database. */
export function widestBytes(name: string, serverEncoding: string): number {
  const bytes = Buffer.byteLength(name);
  const width = WIDE_ENCODINGS.get(serverEncoding.toUpperCase());
  if (width === undefined || bytes === name.length) return bytes;
  const letters = name.match(EACH_BEYOND_ASCII) ?? [];
  return letters.reduce(
    (sum, letter) => sum + Math.max(width - Buffer.byteLength(letter), 0),
    bytes,
  );
}

/** One that is ASCII as it is written is cut alike everywhere; escapes are longer than what they stand for. */
function mayBeCut(name: string, serverEncoding: string): boolean {
  const isPlain = !BEYOND_ASCII.test(name) && !ESCAPED_NAME.test(name);
  return !isPlain && widestBytes(withoutQuotes(name), serverEncoding) > nameBytesMax;
}

/** The part of a name that the server keeps, in whole characters. Undefined if that depends on its bytes in another encoding. */
export function clipName(name: string, serverEncoding: string): string | undefined {
  if (widestBytes(name, serverEncoding) <= nameBytesMax) return name;
  if (BEYOND_ASCII.test(name) && !isUnicode(serverEncoding)) return undefined;
  const bytes = Buffer.from(name);
  let end = nameBytesMax;
  while (end > 0 && isWithinCharacter(bytes[end] ?? 0)) end--;
  return bytes.toString('utf8', 0, end);
}

function isWithinCharacter(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

function isUnicode(encoding: string): boolean {
  return /^(?:UTF8|UNICODE)$/iu.test(encoding);
}

/** Letters beyond ASCII that are others in lower case. */
function hasCapitals(name: string): boolean {
  const letters = name.match(EACH_BEYOND_ASCII) ?? [];
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
  return withoutQuotes(name).toLowerCase();
}

function withoutQuotes(name: string): string {
  return name.replaceAll(/^"|"$/gu, '');
}
