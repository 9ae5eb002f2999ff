import { readChannelNumber, writeChannelNumber } from './channel-number.ts';
import { MessageNumber } from './message-number.ts';

/** Decodes `SSH_MSG_CHANNEL_SUCCESS`: the request was granted. Returns the recipient's channel number. */
export function decodeChannelSuccess(payload: Buffer): number {
  return readChannelNumber(payload, MessageNumber.ChannelSuccess, 'CHANNEL_SUCCESS');
}

/** Encodes `SSH_MSG_CHANNEL_SUCCESS`. */
export function encodeChannelSuccess(recipientChannel: number): Buffer {
  return writeChannelNumber(MessageNumber.ChannelSuccess, recipientChannel);
}
