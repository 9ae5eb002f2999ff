import { ByteReader } from '../byte-reader.ts';
import { FrontendType, finishMessage, startMessage } from './message-framing.ts';

export interface PasswordMessage {
  readonly type: 'PasswordMessage';
  /** As given, or the MD5 answer: whatever was asked for. */
  readonly password: string;
}

/** Decodes the body of a `PasswordMessage` (`p`). */
export function decodePasswordMessage(body: Buffer): PasswordMessage {
  const reader = new ByteReader(body, 'PasswordMessage');
  const password = reader.name();
  reader.expectEnd();
  return { type: 'PasswordMessage', password };
}

/** Encodes a whole `PasswordMessage` (`p`). */
export function encodePasswordMessage(password: string): Buffer {
  return finishMessage(startMessage(FrontendType.PasswordMessage).cString(password));
}
