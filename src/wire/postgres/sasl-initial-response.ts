import { ByteReader } from '../byte-reader.ts';
import { FrontendType, finishMessage, startMessage } from './message-framing.ts';

export interface SaslInitialResponse {
  readonly type: 'SASLInitialResponse';
  readonly mechanism: string;
  /** Null when the client waits for the server to begin. */
  readonly data: Buffer | null;
}

/** Decodes the body of a `SASLInitialResponse` (`p`). */
export function decodeSaslInitialResponse(body: Buffer): SaslInitialResponse {
  const reader = new ByteReader(body, 'SASLInitialResponse');
  const mechanism = reader.name();
  const data = reader.nullableBytes();
  reader.expectEnd();
  return { type: 'SASLInitialResponse', mechanism, data };
}

/** Encodes a whole `SASLInitialResponse` (`p`). */
export function encodeSaslInitialResponse(mechanism: string, data: Uint8Array | null): Buffer {
  const writer = startMessage(FrontendType.PasswordMessage);
  return finishMessage(writer.cString(mechanism).nullableBytes(data));
}
