import { formatAuthority, parseAuthority } from './authority.ts';
import { isToken } from './field-syntax.ts';
import { HttpMessageError } from './http-message-error.ts';

/** RFC 9112 section 3 asks for 8000 bytes at least. */
export const TARGET_BYTES_MAX: number = 8 * 1024;

/** Longest method that is registered has 17 letters. */
const METHOD_CHARACTERS_MAX = 24;

const ABSOLUTE_TARGET = /^(?<scheme>https?):\/\/(?<authority>[^/?#]*)(?<rest>[/?].*)?$/i;

/** Printable US-ASCII without the blank and `#`, which no request carries. */
const TARGET_CHARACTERS = /^[!"$-~]+$/;

/** What a request asks for, and where. */
export interface RequestTarget {
  /** Path and query as they were sent, without scheme and authority; `*` in asterisk form. */
  readonly target: string;
  readonly form: 'origin' | 'absolute' | 'asterisk';
  /** What an absolute form names; it must be the connection's, which this codec does not know. */
  readonly scheme: 'http' | 'https' | undefined;
  /** Host in lower case, with a port if the client named one. */
  readonly authority: string;
}

/**
 * Parses the target of a request (RFC 9112 section 3.2).
 *
 * @param host The field or pseudo header that names the authority.
 * @throws {HttpMessageError} If it is none, or names another authority than `host` does.
 */
export function parseRequestTarget(
  method: string,
  rawTarget: string,
  host: string | undefined,
): RequestTarget {
  if (rawTarget.length > TARGET_BYTES_MAX) throw violation('has a target that is too long', 414);
  if (!isRequestTarget(rawTarget)) throw violation('has a character in its target that no URI has');
  if (host === undefined) throw violation('has no host');
  const authority = formatAuthority(parseAuthority(host));
  if (rawTarget.startsWith('/')) {
    return { target: rawTarget, form: 'origin', scheme: undefined, authority };
  }
  if (rawTarget === '*' && method === 'OPTIONS') {
    return { target: '*', form: 'asterisk', scheme: undefined, authority };
  }
  const groups = ABSOLUTE_TARGET.exec(rawTarget)?.groups;
  if (groups === undefined)
    throw violation('has a target that is neither a path nor a URI of HTTP');
  if (formatAuthority(parseAuthority(groups['authority'] ?? '')) !== authority) {
    throw violation('names two authorities');
  }
  const rest = groups['rest'] ?? '';
  return {
    target: rest.startsWith('/') ? rest : `/${rest}`,
    form: 'absolute',
    scheme: groups['scheme']?.toLowerCase() === 'https' ? 'https' : 'http',
    authority,
  };
}

/** Whether each character may stand in a target. */
export function isRequestTarget(text: string): boolean {
  return TARGET_CHARACTERS.test(text);
}

/** @throws {HttpMessageError} If it is no token, or asks for a tunnel. */
export function checkMethod(method: string): void {
  if (method.length > METHOD_CHARACTERS_MAX || !isToken(method)) {
    throw violation('has a method that is no token');
  }
  if (method === 'CONNECT') throw violation('asks for a tunnel', 405);
}

function violation(reason: string, status?: HttpMessageError['status']): HttpMessageError {
  return new HttpMessageError('request', reason, status);
}
