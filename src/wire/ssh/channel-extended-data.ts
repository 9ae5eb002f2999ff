import { MessageNumber } from './message-number.ts';
import { readMessage } from './ssh-reader.ts';

/** `SSH_EXTENDED_DATA_STDERR`, the only type there is. */
export const EXTENDED_DATA_STDERR = 1;

/** Bytes before the data: number, channel, type and length. */
const HEAD_BYTES = 13;

export interface ChannelExtendedData {
  readonly recipientChannel: number;
  readonly dataType: number;
  /** Shares the message's memory. */
  readonly data: Buffer;
}

/** Decodes `SSH_MSG_CHANNEL_EXTENDED_DATA`. */
export function decodeChannelExtendedData(payload: Buffer): ChannelExtendedData {
  const reader = readMessage(payload, MessageNumber.ChannelExtendedData, 'CHANNEL_EXTENDED_DATA');
  const recipientChannel = reader.uint32();
  const dataType = reader.uint32();
  const data = reader.string();
  reader.expectEnd();
  return { recipientChannel, dataType, data };
}

/** Encodes the part of `SSH_MSG_CHANNEL_EXTENDED_DATA` that comes before its data. */
export function encodeChannelExtendedDataHead(
  recipientChannel: number,
  dataType: number,
  dataBytes: number,
): Buffer {
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  head[0] = MessageNumber.ChannelExtendedData;
  head.writeUInt32BE(recipientChannel, 1);
  head.writeUInt32BE(dataType, 5);
  head.writeUInt32BE(dataBytes, 9);
  return head;
}
