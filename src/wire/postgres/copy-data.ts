import { BackendType, finishMessage, startMessage } from './message-framing.ts';

/** A piece of a COPY, in either direction. Pieces need not be whole rows. */
export interface CopyData {
  readonly type: 'CopyData';
  /** Shares the message's memory. */
  readonly data: Buffer;
}

/** Decodes the body of a `CopyData` (`d`) message, which is all data. */
export function decodeCopyData(body: Buffer): CopyData {
  return { type: 'CopyData', data: body };
}

/** Encodes a whole `CopyData` (`d`) message; it looks the same in both directions. */
export function encodeCopyData(data: Uint8Array): Buffer {
  return finishMessage(startMessage(BackendType.CopyData).bytes(data));
}
