import { MessageNumber } from './message-number.ts';
import { readMessage } from './ssh-reader.ts';
import { writeMessage } from './ssh-writer.ts';

/**
 * Decodes `SSH2_MSG_PING`. Returns its data, which the answer repeats.
 *
 * @see https://github.com/openssh/openssh-portable/blob/master/PROTOCOL (1.9)
 */
export function decodePing(payload: Buffer): Buffer {
  const reader = readMessage(payload, MessageNumber.Ping, 'PING');
  const data = reader.string();
  reader.expectEnd();
  return data;
}

/** Encodes `SSH2_MSG_PING`. */
export function encodePing(data: Uint8Array): Buffer {
  return writeMessage(MessageNumber.Ping).string(data).toBuffer();
}
