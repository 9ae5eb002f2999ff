import { MessageNumber } from './message-number.ts';
import { readMessage } from './ssh-reader.ts';
import { writeMessage } from './ssh-writer.ts';

export interface UserauthRequest {
  readonly userName: string;
  /** The service to start after authentication. */
  readonly serviceName: string;
  readonly methodName: string;
  /** What follows, by the method: see `userauth-password.ts` and its neighbours. Empty for `none`. */
  readonly methodData: Buffer;
}

/** Decodes `SSH_MSG_USERAUTH_REQUEST` (RFC 4252 section 5) as far as it is the same for all methods. */
export function decodeUserauthRequest(payload: Buffer): UserauthRequest {
  const reader = readMessage(payload, MessageNumber.UserauthRequest, 'USERAUTH_REQUEST');
  const userName = reader.text();
  const serviceName = reader.identifier();
  const methodName = reader.identifier();
  return { userName, serviceName, methodName, methodData: reader.bytes(reader.remaining) };
}

/** Encodes `SSH_MSG_USERAUTH_REQUEST`. */
export function encodeUserauthRequest(message: UserauthRequest): Buffer {
  const writer = writeMessage(MessageNumber.UserauthRequest).text(message.userName);
  writer.text(message.serviceName).text(message.methodName);
  return writer.bytes(message.methodData).toBuffer();
}
