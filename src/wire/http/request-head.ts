import { type BodyFraming, frameRequest } from './body-framing.ts';
import type { FieldList } from './field-list.ts';
import { FieldMemory } from './field-memory.ts';
import { isToken } from './field-syntax.ts';
import { HttpMessageError } from './http-message-error.ts';
import { parseTokenList } from './list-value.ts';
import {
  checkMethod,
  isRequestTarget,
  parseRequestTarget,
  type RequestTarget,
} from './request-target.ts';

const VERSION = ' HTTP/1.1';

export interface RequestHead extends RequestTarget {
  /** As it was sent: methods differ by case. */
  readonly method: string;
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
 * @param memory Of the connection that it came over. Default: nothing is remembered.
 * @throws {HttpMessageError} If there is any doubt what it asks for. HTTP/1.0 is refused: its clients
 *   know neither chunks nor, for sure, `Host`.
 */
export function decodeRequestHead(
  bytes: Buffer,
  start: number,
  end: number,
  memory: FieldMemory = new FieldMemory(),
): RequestHead {
  const text = bytes.toString('latin1', start, end);
  const lineEnd = text.indexOf('\r\n');
  const methodEnd = text.indexOf(' ');
  const targetEnd = text.indexOf(' ', methodEnd + 1);
  if (methodEnd === -1 || targetEnd === -1 || targetEnd > lineEnd) throw unreadableLine();
  checkVersion(text.slice(targetEnd, lineEnd));
  const method = text.slice(0, methodEnd);
  checkMethod(method);
  const fields = memory.decode(text, lineEnd + 2);
  const connection = parseTokenList(fields.get('connection'), 'connection');
  return {
    method,
    ...parseRequestTarget(method, text.slice(methodEnd + 1, targetEnd), fields.get('host')),
    fields,
    framing: frameRequest(fields),
    keepAlive: !connection.includes('close'),
    expectsContinue: decodeExpect(fields),
    upgrade: connection.includes('upgrade') ? fields.get('upgrade')?.toLowerCase() : undefined,
  };
}

/** Encodes the head of a request: `fields` hold `host` and the framing of the body. */
export function encodeRequestHead(method: string, target: string, fields: FieldList): Buffer {
  if (!isToken(method) || !isRequestTarget(target)) {
    throw new HttpMessageError('request', 'has a method or target that cannot be written');
  }
  return Buffer.from(`${method} ${target}${VERSION}\r\n${fields.format()}\r\n`, 'latin1');
}

function checkVersion(text: string): void {
  if (text === VERSION) return;
  if (!/^ HTTP\/[0-9]\.[0-9]$/.test(text)) throw unreadableLine();
  throw new HttpMessageError('request', 'is of another version than 1.1', 505);
}

function decodeExpect(fields: FieldList): boolean {
  const expect = fields.get('expect');
  if (expect === undefined) return false;
  if (expect.toLowerCase() === '100-continue') return true;
  throw new HttpMessageError('request', 'expects what is unknown', 417);
}

function unreadableLine(): HttpMessageError {
  return new HttpMessageError('request', 'does not start with a method, a target and a version');
}
