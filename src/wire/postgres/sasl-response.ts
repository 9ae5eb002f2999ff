import { FrontendType, finishMessage, startMessage } from './message-framing.ts';

/** Encodes a whole `SASLResponse` (`p`). Its body is the mechanism's data and nothing else. */
export function encodeSaslResponse(data: Uint8Array): Buffer {
  return finishMessage(startMessage(FrontendType.PasswordMessage).bytes(data));
}
