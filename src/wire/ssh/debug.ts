import { MessageNumber } from './message-number.ts';
import { readMessage } from './ssh-reader.ts';
import { writeMessage } from './ssh-writer.ts';

export interface Debug {
  readonly alwaysDisplay: boolean;
  readonly text: string;
}

/** Decodes `SSH_MSG_DEBUG`. */
export function decodeDebug(payload: Buffer): Debug {
  const reader = readMessage(payload, MessageNumber.Debug, 'DEBUG');
  const alwaysDisplay = reader.boolean();
  const text = reader.string().toString('utf8');
  reader.string();
  reader.expectEnd();
  return { alwaysDisplay, text };
}

/** Encodes `SSH_MSG_DEBUG`. */
export function encodeDebug(message: Debug): Buffer {
  const writer = writeMessage(MessageNumber.Debug).boolean(message.alwaysDisplay);
  return writer.text(message.text).text('').toBuffer();
}
