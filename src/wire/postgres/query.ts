import { ProtocolError } from '../protocol-error.ts';
import { FrontendType, finishMessage, startMessage } from './message-framing.ts';

export interface Query {
  readonly type: 'Query';
  /** Bytes that are not UTF-8 show as U+FFFD. */
  readonly text: string;
}

/**
 * Finds where the text of a `Query` (`Q`) ends: at the first zero byte, which must be the body's
 * last byte. The server would stop reading there, and so would a parser; text behind it is refused.
 *
 * @param start Offset of the body in `buffer`, which is where the text starts.
 * @param end Offset behind the body.
 * @returns Offset of the zero byte.
 * @throws {ProtocolError} If there is no zero byte or more than one.
 */
export function findQueryTextEnd(buffer: Buffer, start: number, end: number): number {
  const zero = buffer.indexOf(0, start);
  if (zero === -1 || zero >= end) throw new ProtocolError('Query', 'text is not terminated');
  if (zero !== end - 1) {
    throw new ProtocolError('Query', `${end - 1 - zero} bytes after the last field`);
  }
  return zero;
}

/** Decodes the body of a `Query` (`Q`) message. */
export function decodeQuery(body: Buffer): Query {
  const end = findQueryTextEnd(body, 0, body.length);
  return { type: 'Query', text: body.toString('utf8', 0, end) };
}

/** Encodes a whole `Query` (`Q`) message. */
export function encodeQuery(text: string): Buffer {
  return finishMessage(startMessage(FrontendType.Query).cString(text));
}
