import { clipName, isReadExactly, mayBeFolded, type TextEncodings } from './uncertain-names.ts';

/** Settings that decide with whose rights statements run. */
const ROLE_SETTINGS: ReadonlySet<string> = new Set(['role', 'session_authorization']);

/** Settings that change how the server reads text, with the values under which it reads as our parser does. */
const LEXING_SETTINGS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['standard_conforming_strings', new Set(['on', 'true', 'tru', 'tr', 't', 'yes', 'ye', 'y', '1'])],
  ['client_encoding', new Set(['utf8', 'unicode'])],
  ['backslash_quote', new Set(['safe_encoding', 'off', 'false', 'no', '0'])],
]);

/**
 * Which action setting `name` to `value` is. A `value` of undefined (a default, a reset, an expression) is none we can read.
 * Serves SET, set_config() and start-up options alike.
 */
export function classifySetting(
  name: string,
  value: string | undefined,
): 'sql.set' | 'sql.set-role' | 'sql.set-lexing' {
  const setting = name.toLowerCase();
  if (ROLE_SETTINGS.has(setting)) return 'sql.set-role';
  const safeValues = LEXING_SETTINGS.get(setting);
  if (safeValues === undefined) return 'sql.set';
  if (value === undefined) return 'sql.set-lexing';
  // The server ignores case and, in names of encodings, all but letters and digits.
  const plain = setting === 'client_encoding' ? value.replace(/[^0-9a-z]/gi, '') : value.trim();
  return safeValues.has(plain.toLowerCase()) ? 'sql.set' : 'sql.set-lexing';
}

/**
 * Parses a search path as the server does: names separated by commas, folded to lower case unless quoted.
 * Undefined if the server would refuse it, or may fold letters beyond ASCII, as it does in some encodings.
 *
 * @param serverEncoding That of the database, as the server reports it.
 * @see SplitIdentifierString in PostgreSQL's `varlena.c`
 */
export function parseSearchPath(
  text: string,
  serverEncoding: string,
): readonly string[] | undefined {
  if (/^[ \t\n\r\f]*$/.test(text)) return [];
  const names: string[] = [];
  // A vertical tab is a blank in some versions alone, and what Unicode calls a blank in none.
  const pattern = /[ \t\n\r\f]*(?:"((?:[^"]|"")+)"|([^", \t\n\r\f\v]+))[ \t\n\r\f]*(,|$)/y;
  let separator = ',';
  while (separator === ',') {
    const match = pattern.exec(text);
    if (match === null) return undefined;
    const [, quoted, plain = '', next = ''] = match;
    if (mayBeFolded(plain, serverEncoding)) return undefined;
    names.push(quoted === undefined ? foldCase(plain) : quoted.replaceAll('""', '"'));
    separator = next;
  }
  return names;
}

/** Alternatives of a search path that are followed before it counts as unknown. */
export const searchPathsMax = 8;

/**
 * What the search path may be once it is set to `path`. The server passes over schemas that do not
 * exist or may not be used, so the search may begin at any of them. Undefined, that is unknown, if
 * that is too much to follow, if a name may be another one in the client's encoding, or the server alone can say whose schema "$user" is.
 */
export function possibleSearchPaths(
  path: readonly string[],
  encodings: TextEncodings,
): readonly (readonly string[])[] | undefined {
  if (path.includes('$user') || path.length > searchPathsMax) return undefined;
  if (!path.every((name) => isReadExactly(name, encodings))) return undefined;
  const names = path.flatMap((name) => clipName(name, encodings.server) ?? []);
  if (names.length < path.length) return undefined;
  return names.length === 0 ? [names] : names.map((_, index) => names.slice(index));
}

/** Folds what the server does in every encoding: ASCII letters only. */
function foldCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
