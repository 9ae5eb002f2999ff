import { MessageNumber } from './message-number.ts';
import { readEmptyMessage } from './ssh-reader.ts';

/** Checks that `SSH_MSG_REQUEST_FAILURE` is nothing but its number. */
export function decodeRequestFailure(payload: Buffer): void {
  readEmptyMessage(payload, MessageNumber.RequestFailure, 'REQUEST_FAILURE');
}

/** Encodes `SSH_MSG_REQUEST_FAILURE`. */
export function encodeRequestFailure(): Buffer {
  return Buffer.of(MessageNumber.RequestFailure);
}
