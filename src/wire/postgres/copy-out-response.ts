import { type CopyFormat, decodeCopyFormat } from './copy-format.ts';

/** A COPY begins: the server sends data until `CopyDone`. */
export interface CopyOutResponse extends CopyFormat {
  readonly type: 'CopyOutResponse';
}

/** Decodes the body of a `CopyOutResponse` message. */
export function decodeCopyOutResponse(body: Buffer): CopyOutResponse {
  return { type: 'CopyOutResponse', ...decodeCopyFormat(body, 'CopyOutResponse') };
}
