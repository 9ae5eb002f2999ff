import { MessageNumber } from './message-number.ts';
import { readMessage } from './ssh-reader.ts';
import { writeMessage } from './ssh-writer.ts';

/** Decodes `SSH_MSG_UNIMPLEMENTED`. Returns the sequence number of the packet that was not understood. */
export function decodeUnimplemented(payload: Buffer): number {
  const reader = readMessage(payload, MessageNumber.Unimplemented, 'UNIMPLEMENTED');
  const sequenceNumber = reader.uint32();
  reader.expectEnd();
  return sequenceNumber;
}

/** Encodes `SSH_MSG_UNIMPLEMENTED`. */
export function encodeUnimplemented(sequenceNumber: number): Buffer {
  return writeMessage(MessageNumber.Unimplemented).uint32(sequenceNumber).toBuffer();
}
