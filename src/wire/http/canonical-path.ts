import { isUtf8 } from 'node:buffer';
import { HttpMessageError } from './http-message-error.ts';

export interface CanonicalTarget {
  /** Starts with a slash. Two texts are equal if, and only if, the paths are. */
  readonly path: string;
  /** Without the question mark; empty if there is none. */
  readonly query: string;
}

export interface PathRules {
  /** Whether `;` may stand in a segment: some servers take what follows for no part of the path. */
  readonly pathParameters: boolean;
}

/** Unreserved (RFC 3986 section 2.3): the same escaped or not. */
const UNRESERVED = /[A-Za-z0-9\-._~]/;

/**
 * Of the reserved, those that mean the same escaped or not in a segment. Not `+`, which some servers
 * read as a blank, nor `;`.
 */
const SAME_IN_A_SEGMENT = /[!$&'()*,=:@]/;

/** What no URI holds unescaped, but clients send. The blank, controls and `#` are refused before. */
const SLOPPY = /["<>[\]^`{|}]/g;
/** The same in a query, where a backslash does no harm and brackets are usual. */
const SLOPPY_IN_QUERY = /["<>\\^`{|}]/g;

const ESCAPE = /%(?:([0-9A-Fa-f]{2})|)/g;
/** Nothing in such a path has to change or to be refused, except for its dots. */
const PLAIN_PATH = /^(?:\/[A-Za-z0-9\-._~!$&'()*,=:@+]+)*\/?$/;
const PLAIN_QUERY = /^(?!\?)[A-Za-z0-9\-._~!$&'()*,=:@+/?;[\]]*$/;
/** A segment that servers take for another one: empty, of dots only, or with dots or blanks at its end. */
const DOUBTFUL_SEGMENT = /\/[/;]|(?:\.|%20)(?:[/;]|$)/;

/**
 * Brings the target of a request into the one form that is decided on and forwarded: escapes in upper
 * case, and only where they are needed.
 *
 * @param rawTarget Path and query as sent; starts with a slash.
 * @throws {HttpMessageError} If servers differ in how they read it: escaped slashes, backslashes and
 *   controls, empty segments, `.` and `..`, `;`, escapes that are none or not UTF-8.
 */
export function canonicalizePath(rawTarget: string, rules: PathRules): CanonicalTarget {
  const question = rawTarget.indexOf('?');
  const rawPath = question === -1 ? rawTarget : rawTarget.slice(0, question);
  const rawQuery = question === -1 ? '' : rawTarget.slice(question + 1);
  const path = PLAIN_PATH.test(rawPath) ? rawPath : unescapePath(rawPath, rules);
  if (!path.startsWith('/') || DOUBTFUL_SEGMENT.test(path)) {
    throw violation('has a segment that servers read in different ways');
  }
  return { path, query: PLAIN_QUERY.test(rawQuery) ? rawQuery : escapeQuery(rawQuery) };
}

function unescapePath(rawPath: string, { pathParameters }: PathRules): string {
  if (!pathParameters && rawPath.includes(';')) throw violation('has parameters in its path');
  const escaped = rawPath.replace(SLOPPY, escapeCharacter);
  checkUtf8(escaped);
  const path = escaped.replace(ESCAPE, (_, hex: string | undefined) => {
    if (hex === undefined) throw violation('has an escape that is none');
    return unescapeByte(Number.parseInt(hex, 16), pathParameters);
  });
  if (!/^[!-~]*$/.test(path) || path.includes('\\') || path.includes('#')) {
    throw violation('has a character that servers read in different ways');
  }
  return path;
}

function unescapeByte(code: number, pathParameters: boolean): string {
  const character = String.fromCharCode(code);
  if (UNRESERVED.test(character) || SAME_IN_A_SEGMENT.test(character)) return character;
  const isAmbiguous = code < 0x20 || code === 0x7f || character === '/' || character === '\\';
  if (isAmbiguous || (character === ';' && !pathParameters)) {
    throw violation('has an escape that servers read in different ways');
  }
  return escapeCharacter(character);
}

/** @throws {HttpMessageError} If the escapes are not of UTF-8. */
function checkUtf8(path: string): void {
  const bytes = path.replace(ESCAPE, (_, hex: string | undefined) =>
    String.fromCharCode(Number.parseInt(hex ?? '0', 16)),
  );
  if (!isUtf8(Buffer.from(bytes, 'latin1'))) throw violation('is not UTF-8');
}

/**
 * Checks the escapes of a query, and escapes what no URI holds, and a question mark at its start: it is part of a name, but some
 * take it for the one before the query. What it means is left as it is.
 */
function escapeQuery(rawQuery: string): string {
  const query = rawQuery.replace(/^\?/, escapeCharacter).replace(SLOPPY_IN_QUERY, escapeCharacter);
  if (!/^[!"$-~]*$/.test(query)) throw violation('has a character in its query that no URI holds');
  return query.replace(ESCAPE, (escape, hex: string | undefined) => {
    if (hex === undefined) throw violation('has an escape that is none');
    return escape.toUpperCase();
  });
}

function escapeCharacter(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

function violation(reason: string): HttpMessageError {
  return new HttpMessageError('target', reason);
}
