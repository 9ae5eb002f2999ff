import type { ContentCoding } from '../../../wire/http/content-coding.ts';

/** A content is not coded as it says, or holds more than may be unpacked. Names no byte of it. */
export class ContentCodingError extends Error {
  override readonly name = 'ContentCodingError';
  readonly code = 'ERR_CONTENT_CODING';

  constructor(coding: ContentCoding, reason: string, options?: ErrorOptions) {
    super(`Cannot decode content in ${coding}: ${reason}`, options);
  }
}
