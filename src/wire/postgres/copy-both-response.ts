import { type CopyFormat, decodeCopyFormat } from './copy-format.ts';

/** A COPY begins: both sides send data: replication. */
export interface CopyBothResponse extends CopyFormat {
  readonly type: 'CopyBothResponse';
}

/** Decodes the body of a `CopyBothResponse` message. */
export function decodeCopyBothResponse(body: Buffer): CopyBothResponse {
  return { type: 'CopyBothResponse', ...decodeCopyFormat(body, 'CopyBothResponse') };
}
