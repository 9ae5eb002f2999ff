import type { FieldList } from './field-list.ts';
import { decodeFieldSection } from './field-section.ts';
import { HttpMessageError } from './http-message-error.ts';

/** What must be known before the body: framing, routing, who asks, and how to read the body. */
const FORBIDDEN: readonly string[] = [
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'host',
  'proxy-authorization',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/**
 * Decodes the fields behind a body of chunks. @param text In latin1; ends in an empty line.
 *
 * @throws {HttpMessageError} If a field may not stand in trailers (RFC 9110 section 6.5.1).
 */
export function decodeTrailers(text: string): FieldList {
  const trailers = decodeFieldSection(text, 0, 'trailers');
  checkTrailers(trailers);
  return trailers;
}

/** @throws {HttpMessageError} If a field may not stand in trailers. */
export function checkTrailers(trailers: FieldList): void {
  for (const [name] of trailers) {
    if (FORBIDDEN.includes(name)) throw new HttpMessageError('trailers', `holds ${name}`);
  }
}
