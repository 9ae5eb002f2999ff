import { MessageNumber } from './message-number.ts';
import { readEmptyMessage } from './ssh-reader.ts';

/** Checks that `SSH_MSG_USERAUTH_SUCCESS` is nothing but its number. */
export function decodeUserauthSuccess(payload: Buffer): void {
  readEmptyMessage(payload, MessageNumber.UserauthSuccess, 'USERAUTH_SUCCESS');
}

/** Encodes `SSH_MSG_USERAUTH_SUCCESS`. */
export function encodeUserauthSuccess(): Buffer {
  return Buffer.of(MessageNumber.UserauthSuccess);
}
