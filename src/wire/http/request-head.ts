import { formatAuthority, parseAuthority } from './authority.ts';
import { type BodyFraming, frameRequest } from './body-framing.ts';
import type { FieldList } from './field-list.ts';
import { decodeFieldSection } from './field-section.ts';
import { isToken } from './field-syntax.ts';
import { HttpMessageError } from './http-message-error.ts';
import { parseTokenList } from './list-value.ts';

/** RFC 9112 section 3 asks for 8000 bytes at least. */
export const TARGET_BYTES_MAX: number = 8 * 1024;

/** Longest method that is registered has 17 letters. */
const METHOD_CHARACTERS_MAX = 24;

const VERSION = ' HTTP/1.1';
const ABSOLUTE_TARGET = /^(?<scheme>https?):\/\/(?<authority>[^/?#]*)(?<rest>[/?].*)?$/i;

/** Printable US-ASCII without the blank and `#`, which no request carries. */
const TARGET_CHARACTERS = /^[!"$-~]+$/;

export interface RequestHead {
  /** As it was sent: methods differ by case. */
  readonly method: string;
  /** Path and query as they were sent, without scheme and authority; `*` in asterisk form. */
  readonly target: string;
  readonly form: 'origin' | 'absolute' | 'asterisk';
  /** What an absolute form names; it must be the connection's, which this codec does not know. */
  readonly scheme: 'http' | 'https' | undefined;
  /** Host in lower case, with a port if the client named one. */
  readonly authority: string;
  /** All of them, those between two hops too: see `connection-fields.ts`. */
  readonly fields: FieldList;
  readonly framing: BodyFraming;
  /** False if the client wants the connection closed after the response. */
  readonly keepAlive: boolean;
  /** Whether the client waits for `100 Continue` before it sends the body. */
  readonly expectsContinue: boolean;
  /** What the client would speak on this connection instead, in lower case. */
  readonly upgrade: string | undefined;
}

/**
 * Decodes the head of a request of HTTP/1.1 (RFC 9112).
 *
 * @param start Where it starts in `bytes`.
 * @param end Behind its empty line: see `head-end.ts`.
 * @throws {HttpMessageError} If there is any doubt what it asks for. HTTP/1.0 is refused: its clients
 *   know neither chunks nor, for sure, `Host`.
 */
export function decodeRequestHead(bytes: Buffer, start: number, end: number): RequestHead {
  const text = bytes.toString('latin1', start, end);
  const lineEnd = text.indexOf('\r\n');
  const methodEnd = text.indexOf(' ');
  const targetEnd = text.indexOf(' ', methodEnd + 1);
  if (methodEnd === -1 || targetEnd === -1 || targetEnd > lineEnd) {
    throw violation('first line is not a method, a target and a version');
  }
  if (text.slice(targetEnd, lineEnd) !== VERSION) checkVersion(text.slice(targetEnd, lineEnd));
  if (methodEnd > METHOD_CHARACTERS_MAX || !isToken(text, 0, methodEnd)) {
    throw violation('method is no token');
  }
  const method = text.slice(0, methodEnd);
  if (method === 'CONNECT') throw violation('asks for a tunnel', 405);
  const rawTarget = text.slice(methodEnd + 1, targetEnd);
  const fields = decodeFieldSection(text, lineEnd + 2, 'request');
  const connection = parseTokenList(fields.get('connection'), 'connection');
  return {
    method,
    ...decodeTarget(method, rawTarget, fields),
    fields,
    framing: frameRequest(fields),
    keepAlive: !connection.includes('close'),
    expectsContinue: decodeExpect(fields),
    upgrade: connection.includes('upgrade') ? fields.get('upgrade')?.toLowerCase() : undefined,
  };
}

/** Encodes the head of a request: `fields` hold `host` and the framing of the body. */
export function encodeRequestHead(method: string, target: string, fields: FieldList): Buffer {
  if (!isToken(method) || !TARGET_CHARACTERS.test(target)) {
    throw violation('method or target cannot be written');
  }
  return Buffer.from(`${method} ${target}${VERSION}\r\n${fields.format()}\r\n`, 'latin1');
}

type Target = Pick<RequestHead, 'target' | 'form' | 'scheme' | 'authority'>;

function decodeTarget(method: string, rawTarget: string, fields: FieldList): Target {
  if (rawTarget.length > TARGET_BYTES_MAX) throw violation('target is too long', 414);
  if (!TARGET_CHARACTERS.test(rawTarget)) throw violation('target holds what no URI may');
  const host = fields.get('host');
  if (host === undefined) throw violation('has no host');
  const authority = formatAuthority(parseAuthority(host));
  if (rawTarget.startsWith('/')) {
    return { target: rawTarget, form: 'origin', scheme: undefined, authority };
  }
  if (rawTarget === '*' && method === 'OPTIONS') {
    return { target: '*', form: 'asterisk', scheme: undefined, authority };
  }
  const groups = ABSOLUTE_TARGET.exec(rawTarget)?.groups;
  if (groups === undefined) throw violation('target is neither a path nor a URI of HTTP');
  if (formatAuthority(parseAuthority(groups['authority'] ?? '')) !== authority) {
    throw violation('target and host name different authorities');
  }
  const rest = groups['rest'] ?? '';
  return {
    target: rest.startsWith('/') ? rest : `/${rest}`,
    form: 'absolute',
    scheme: groups['scheme']?.toLowerCase() === 'https' ? 'https' : 'http',
    authority,
  };
}

function checkVersion(text: string): never {
  if (/^ HTTP\/[0-9]\.[0-9]$/.test(text)) throw violation('is of another version than 1.1', 505);
  throw violation('first line is not a method, a target and a version');
}

function decodeExpect(fields: FieldList): boolean {
  const expect = fields.get('expect');
  if (expect === undefined) return false;
  if (expect.toLowerCase() !== '100-continue') throw violation('expects what is unknown', 417);
  return true;
}

function violation(reason: string, status?: HttpMessageError['status']): HttpMessageError {
  return new HttpMessageError('request', reason, status);
}
