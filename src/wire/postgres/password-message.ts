import assert from 'node:assert/strict';
import { ByteReader } from '../byte-reader.ts';
import { FrontendType, finishMessage, startMessage } from './message-framing.ts';

export interface PasswordMessage {
  readonly type: 'PasswordMessage';
  /** As given, or the MD5 answer: whatever was asked for. */
  readonly password: string;
}

/**
 * Decodes the body of a `PasswordMessage` (`p`). Bytes that are not UTF-8 become U+FFFD, which no
 * token has: who types a password of another encoding is told that it is not accepted.
 */
export function decodePasswordMessage(body: Buffer): PasswordMessage {
  const reader = new ByteReader(body, 'PasswordMessage');
  const password = reader.cString();
  reader.expectEnd();
  return { type: 'PasswordMessage', password };
}

/** Encodes a whole `PasswordMessage` (`p`). Bytes may have any encoding, but no zero byte. */
export function encodePasswordMessage(password: string | Uint8Array): Buffer {
  const bytes = Buffer.from(password);
  assert(!bytes.includes(0), 'password for the wire contains a zero byte');
  return finishMessage(startMessage(FrontendType.PasswordMessage).bytes(bytes).byte(0));
}
