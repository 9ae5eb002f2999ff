import { readChannelNumber, writeChannelNumber } from './channel-number.ts';
import { MessageNumber } from './message-number.ts';

/** Decodes `SSH_MSG_CHANNEL_FAILURE`: the request was not granted. Returns the recipient's channel number. */
export function decodeChannelFailure(payload: Buffer): number {
  return readChannelNumber(payload, MessageNumber.ChannelFailure, 'CHANNEL_FAILURE');
}

/** Encodes `SSH_MSG_CHANNEL_FAILURE`. */
export function encodeChannelFailure(recipientChannel: number): Buffer {
  return writeChannelNumber(MessageNumber.ChannelFailure, recipientChannel);
}
