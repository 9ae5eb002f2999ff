import { MessageNumber } from './message-number.ts';
import { readEmptyMessage } from './ssh-reader.ts';

/** Checks that `SSH_MSG_NEWKEYS` is nothing but its number. */
export function decodeNewKeys(payload: Buffer): void {
  readEmptyMessage(payload, MessageNumber.NewKeys, 'NEWKEYS');
}

/** Encodes `SSH_MSG_NEWKEYS`. */
export function encodeNewKeys(): Buffer {
  return Buffer.of(MessageNumber.NewKeys);
}
