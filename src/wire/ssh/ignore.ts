import { MessageNumber } from './message-number.ts';
import { readMessage } from './ssh-reader.ts';
import { writeMessage } from './ssh-writer.ts';

/** Decodes `SSH_MSG_IGNORE`. Returns its data, which mean nothing. */
export function decodeIgnore(payload: Buffer): Buffer {
  const reader = readMessage(payload, MessageNumber.Ignore, 'IGNORE');
  const data = reader.string();
  reader.expectEnd();
  return data;
}

/** Encodes `SSH_MSG_IGNORE`. */
export function encodeIgnore(data: Uint8Array): Buffer {
  return writeMessage(MessageNumber.Ignore).string(data).toBuffer();
}
