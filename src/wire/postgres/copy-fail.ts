import { ByteReader } from '../byte-reader.ts';
import { FrontendType, finishMessage, startMessage } from './message-framing.ts';

export interface CopyFail {
  readonly type: 'CopyFail';
  readonly reason: string;
}

/** Decodes the body of a `CopyFail` (`f`) message. */
export function decodeCopyFail(body: Buffer): CopyFail {
  const reader = new ByteReader(body, 'CopyFail');
  const reason = reader.cString();
  reader.expectEnd();
  return { type: 'CopyFail', reason };
}

/** Encodes a whole `CopyFail` (`f`) message. */
export function encodeCopyFail(reason: string): Buffer {
  return finishMessage(startMessage(FrontendType.CopyFail).cString(reason));
}
