import { ByteReader } from '../byte-reader.ts';
import { BackendType, finishMessage, startMessage } from './message-framing.ts';

export interface CommandComplete {
  readonly type: 'CommandComplete';
  /** Such as `SELECT 5` or `INSERT 0 1`. */
  readonly tag: string;
}

/** Decodes the body of a `CommandComplete` (`C`) message. */
export function decodeCommandComplete(body: Buffer): CommandComplete {
  const reader = new ByteReader(body, 'CommandComplete');
  const tag = reader.cString();
  reader.expectEnd();
  return { type: 'CommandComplete', tag };
}

/** Encodes a whole `CommandComplete` (`C`) message. */
export function encodeCommandComplete(tag: string): Buffer {
  return finishMessage(startMessage(BackendType.CommandComplete).cString(tag));
}
