import { MessageNumber } from './message-number.ts';
import { readMessage } from './ssh-reader.ts';
import { writeMessage } from './ssh-writer.ts';

/**
 * Decodes `SSH2_MSG_PONG`. Returns its data, those of the question.
 *
 * @see https://github.com/openssh/openssh-portable/blob/master/PROTOCOL (1.9)
 */
export function decodePong(payload: Buffer): Buffer {
  const reader = readMessage(payload, MessageNumber.Pong, 'PONG');
  const data = reader.string();
  reader.expectEnd();
  return data;
}

/** Encodes `SSH2_MSG_PONG`. */
export function encodePong(data: Uint8Array): Buffer {
  return writeMessage(MessageNumber.Pong).string(data).toBuffer();
}
