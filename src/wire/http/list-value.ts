import { isBlankCode, isToken } from './field-syntax.ts';
import { HttpMessageError } from './http-message-error.ts';

const NO_TOKENS: readonly string[] = [];
/** What `Connection` mostly says, so that it need not be taken apart. */
const KNOWN_LISTS: ReadonlyMap<string, readonly string[]> = new Map(
  ['keep-alive', 'close', 'upgrade', 'te'].flatMap((token) => [
    [token, [token]],
    [`${token.charAt(0).toUpperCase()}${token.slice(1)}`, [token]],
  ]),
);
/** More elements than any list of tokens needs. */
const ELEMENTS_MAX = 32;

/**
 * Parses a field that is a list of tokens, such as `Connection` (RFC 9110 section 5.6.1), into lower
 * case; empty if the field is absent. Empty elements count as absent.
 *
 * @throws {HttpMessageError} If an element is no token, or there are too many.
 */
export function parseTokenList(value: string | undefined, name: string): readonly string[] {
  if (value === undefined) return NO_TOKENS;
  const known = KNOWN_LISTS.get(value);
  if (known !== undefined) return known;
  const elements = value.split(',', ELEMENTS_MAX + 1);
  if (elements.length > ELEMENTS_MAX) throw new HttpMessageError(name, 'has too many elements');
  const tokens = elements.map((element) => trimBlanks(element)).filter((token) => token !== '');
  if (!tokens.every((token) => isToken(token))) {
    throw new HttpMessageError(name, 'holds what is no token');
  }
  return tokens.map((token) => token.toLowerCase());
}

/** Without spaces and tabs at both ends; `String.trim` knows many more blanks than HTTP does. */
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlankCode(text.charCodeAt(start))) start += 1;
  while (end > start && isBlankCode(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}
