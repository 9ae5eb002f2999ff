import { MessageNumber } from './message-number.ts';
import { readMessage } from './ssh-reader.ts';
import { writeMessage } from './ssh-writer.ts';

export interface UserauthPkOk {
  readonly algorithm: string;
  readonly blob: Buffer;
}

/** Decodes `SSH_MSG_USERAUTH_PK_OK`: a signature by this key would do. */
export function decodeUserauthPkOk(payload: Buffer): UserauthPkOk {
  const reader = readMessage(payload, MessageNumber.UserauthPkOk, 'USERAUTH_PK_OK');
  const algorithm = reader.identifier();
  const blob = reader.string();
  reader.expectEnd();
  return { algorithm, blob };
}

/** Encodes `SSH_MSG_USERAUTH_PK_OK`. */
export function encodeUserauthPkOk(message: UserauthPkOk): Buffer {
  const writer = writeMessage(MessageNumber.UserauthPkOk).text(message.algorithm);
  return writer.string(message.blob).toBuffer();
}
