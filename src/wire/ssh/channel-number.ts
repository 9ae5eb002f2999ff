import { readMessage } from './ssh-reader.ts';
import { writeMessage } from './ssh-writer.ts';

/** Reads a message that holds nothing but the recipient's channel number. */
export function readChannelNumber(payload: Buffer, number: number, messageName: string): number {
  const reader = readMessage(payload, number, messageName);
  const recipientChannel = reader.uint32();
  reader.expectEnd();
  return recipientChannel;
}

/** Writes a message that holds nothing but the recipient's channel number. */
export function writeChannelNumber(number: number, recipientChannel: number): Buffer {
  return writeMessage(number).uint32(recipientChannel).toBuffer();
}
