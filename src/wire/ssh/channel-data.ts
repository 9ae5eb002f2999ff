import { MessageNumber } from './message-number.ts';
import { readMessage } from './ssh-reader.ts';

/** Bytes before the data: number, channel and length. */
const HEAD_BYTES = 9;

export interface ChannelData {
  readonly recipientChannel: number;
  /** Shares the message's memory. */
  readonly data: Buffer;
}

/** Decodes `SSH_MSG_CHANNEL_DATA`. */
export function decodeChannelData(payload: Buffer): ChannelData {
  const reader = readMessage(payload, MessageNumber.ChannelData, 'CHANNEL_DATA');
  const recipientChannel = reader.uint32();
  const data = reader.string();
  reader.expectEnd();
  return { recipientChannel, data };
}

/** Encodes the part of `SSH_MSG_CHANNEL_DATA` that comes before its data. */
export function encodeChannelDataHead(recipientChannel: number, dataBytes: number): Buffer {
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  head[0] = MessageNumber.ChannelData;
  head.writeUInt32BE(recipientChannel, 1);
  head.writeUInt32BE(dataBytes, 5);
  return head;
}
