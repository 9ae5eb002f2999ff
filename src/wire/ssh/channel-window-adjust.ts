import { MessageNumber } from './message-number.ts';
import { readMessage } from './ssh-reader.ts';
import { writeMessage } from './ssh-writer.ts';

export interface ChannelWindowAdjust {
  readonly recipientChannel: number;
  readonly bytesToAdd: number;
}

/** Decodes `SSH_MSG_CHANNEL_WINDOW_ADJUST`. */
export function decodeChannelWindowAdjust(payload: Buffer): ChannelWindowAdjust {
  const reader = readMessage(payload, MessageNumber.ChannelWindowAdjust, 'CHANNEL_WINDOW_ADJUST');
  const recipientChannel = reader.uint32();
  const bytesToAdd = reader.uint32();
  reader.expectEnd();
  return { recipientChannel, bytesToAdd };
}

/** Encodes `SSH_MSG_CHANNEL_WINDOW_ADJUST`. */
export function encodeChannelWindowAdjust(message: ChannelWindowAdjust): Buffer {
  const writer = writeMessage(MessageNumber.ChannelWindowAdjust).uint32(message.recipientChannel);
  return writer.uint32(message.bytesToAdd).toBuffer();
}
