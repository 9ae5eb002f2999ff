import { MessageNumber } from './message-number.ts';
import { readMessage } from './ssh-reader.ts';
import { writeMessage } from './ssh-writer.ts';

export interface UserauthFailure {
  /** Methods that may still lead further. */
  readonly methodNames: readonly string[];
  /** The request itself was right, but more is asked for. */
  readonly isPartialSuccess: boolean;
}

/** Decodes `SSH_MSG_USERAUTH_FAILURE`. */
export function decodeUserauthFailure(payload: Buffer): UserauthFailure {
  const reader = readMessage(payload, MessageNumber.UserauthFailure, 'USERAUTH_FAILURE');
  const methodNames = reader.nameList();
  const isPartialSuccess = reader.boolean();
  reader.expectEnd();
  return { methodNames, isPartialSuccess };
}

/** Encodes `SSH_MSG_USERAUTH_FAILURE`. */
export function encodeUserauthFailure(message: UserauthFailure): Buffer {
  const writer = writeMessage(MessageNumber.UserauthFailure).nameList(message.methodNames);
  return writer.boolean(message.isPartialSuccess).toBuffer();
}
