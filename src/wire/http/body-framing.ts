import type { FieldList } from './field-list.ts';
import { HttpMessageError } from './http-message-error.ts';

/** How a receiver knows where the body of a message ends (RFC 9112 section 6). */
export type BodyFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  /** Of responses only: the end of the connection is the end of the body. */
  | { readonly kind: 'until-close' };

const NO_BODY: BodyFraming = { kind: 'none' };
const CHUNKED: BodyFraming = { kind: 'chunked' };
const UNTIL_CLOSE: BodyFraming = { kind: 'until-close' };

/** One way to write each number, so that no two readers can differ. */
const DIGITS = /^(?:0|[1-9][0-9]{0,15})$/;

/**
 * The framing of a request.
 *
 * @throws {HttpMessageError} If the fields leave any doubt: a length and chunks, two lengths (equal
 *   ones too), any transfer coding but `chunked` once.
 */
export function frameRequest(fields: FieldList): BodyFraming {
  return findFraming(fields, 'request') ?? NO_BODY;
}

/**
 * The framing of the response to a request of `method`.
 *
 * @throws {HttpMessageError} If the fields leave any doubt, as for requests; or if a response that
 *   cannot have a body announces one.
 */
export function frameResponse(method: string, status: number, fields: FieldList): BodyFraming {
  const framing = findFraming(fields, 'response');
  // The fields say what GET would have answered (RFC 9110 sections 9.3.2 and 15.4.5).
  if (method === 'HEAD' || status === 304) return NO_BODY;
  if (status < 200 || status === 204) {
    if (framing !== undefined && !(framing.kind === 'length' && framing.bytes === 0)) {
      throw new HttpMessageError('response', `announces a body with status ${status}`);
    }
    return NO_BODY;
  }
  return framing ?? UNTIL_CLOSE;
}

/** What the fields say; undefined if nothing. */
function findFraming(fields: FieldList, messageName: string): BodyFraming | undefined {
  if (!fields.has('transfer-encoding') && !fields.has('content-length')) return undefined;
  const codings = fields.all('transfer-encoding');
  const lengths = fields.all('content-length');
  if (codings.length + lengths.length > 1) {
    throw new HttpMessageError(messageName, 'has more than one framing of its body');
  }
  const [coding] = codings;
  if (coding !== undefined) {
    if (coding.toLowerCase() === 'chunked') return CHUNKED;
    throw new HttpMessageError(messageName, 'has a transfer coding other than chunked', 501);
  }
  const [length] = lengths;
  return length === undefined ? undefined : { kind: 'length', bytes: parseContentLength(length) };
}

/** @throws {HttpMessageError} If it is not a number in its shortest form, below 2^53. */
export function parseContentLength(value: string): number {
  const bytes = Number(value);
  if (!DIGITS.test(value) || !Number.isSafeInteger(bytes)) {
    throw new HttpMessageError('content-length', 'is not a number of bytes');
  }
  return bytes;
}
