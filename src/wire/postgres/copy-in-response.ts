import { type CopyFormat, decodeCopyFormat } from './copy-format.ts';

/** A COPY begins: the server waits for data from the client. */
export interface CopyInResponse extends CopyFormat {
  readonly type: 'CopyInResponse';
}

/** Decodes the body of a `CopyInResponse` message. */
export function decodeCopyInResponse(body: Buffer): CopyInResponse {
  return { type: 'CopyInResponse', ...decodeCopyFormat(body, 'CopyInResponse') };
}
