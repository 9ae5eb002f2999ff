import { readChannelNumber, writeChannelNumber } from './channel-number.ts';
import { MessageNumber } from './message-number.ts';

/** Decodes `SSH_MSG_CHANNEL_CLOSE`: its sender is done with the channel. Returns the recipient's channel number. */
export function decodeChannelClose(payload: Buffer): number {
  return readChannelNumber(payload, MessageNumber.ChannelClose, 'CHANNEL_CLOSE');
}

/** Encodes `SSH_MSG_CHANNEL_CLOSE`. */
export function encodeChannelClose(recipientChannel: number): Buffer {
  return writeChannelNumber(MessageNumber.ChannelClose, recipientChannel);
}
