import { isTokenCode } from './field-syntax.ts';
import { HttpMessageError } from './http-message-error.ts';

/** Of a head, with the empty line at its end. */
export const HEAD_BYTES_MAX: number = 32 * 1024;

const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

/**
 * Finds where the head of a request or response ends: behind its empty line. -1 if that has not come.
 *
 * @param start Where the head starts in `bytes`.
 * @param from Where to go on searching: the length of `bytes` when it was searched last.
 * @throws {HttpMessageError} As soon as the bytes cannot become a head: a line that ends in LF alone,
 *   a first byte that starts none (of a TLS hello, an empty line), more than {@link HEAD_BYTES_MAX}.
 */
export function findHeadEnd(bytes: Buffer, start: number, from: number = start): number {
  if (bytes.length > start && !isTokenCode(bytes[start])) {
    throw new HttpMessageError('head', 'does not start with a word');
  }
  let at = bytes.indexOf(LINE_FEED, from);
  while (at !== -1) {
    if (at === start || bytes[at - 1] !== CARRIAGE_RETURN) {
      throw new HttpMessageError('head', 'has a line that ends in LF alone');
    }
    if (at + 1 - start > HEAD_BYTES_MAX) break;
    if (bytes[at - 2] === LINE_FEED) return at + 1;
    at = bytes.indexOf(LINE_FEED, at + 1);
  }
  if (bytes.length - start > HEAD_BYTES_MAX) {
    throw new HttpMessageError('head', `has more than ${HEAD_BYTES_MAX} bytes`, 431);
  }
  return -1;
}
