import { readChannelNumber, writeChannelNumber } from './channel-number.ts';
import { MessageNumber } from './message-number.ts';

/** Decodes `SSH_MSG_CHANNEL_EOF`: no more data comes from its sender. Returns the recipient's channel number. */
export function decodeChannelEof(payload: Buffer): number {
  return readChannelNumber(payload, MessageNumber.ChannelEof, 'CHANNEL_EOF');
}

/** Encodes `SSH_MSG_CHANNEL_EOF`. */
export function encodeChannelEof(recipientChannel: number): Buffer {
  return writeChannelNumber(MessageNumber.ChannelEof, recipientChannel);
}
