import { MessageNumber } from './message-number.ts';
import { readMessage } from './ssh-reader.ts';
import { writeMessage } from './ssh-writer.ts';

/** By the names of RFC 4254 section 5.1. */
export const ChannelOpenFailureReason = {
  AdministrativelyProhibited: 1,
  ConnectFailed: 2,
  UnknownChannelType: 3,
  ResourceShortage: 4,
} as const;

export interface ChannelOpenFailure {
  readonly recipientChannel: number;
  readonly reason: number;
  readonly description: string;
}

/** Decodes `SSH_MSG_CHANNEL_OPEN_FAILURE`. */
export function decodeChannelOpenFailure(payload: Buffer): ChannelOpenFailure {
  const reader = readMessage(payload, MessageNumber.ChannelOpenFailure, 'CHANNEL_OPEN_FAILURE');
  const recipientChannel = reader.uint32();
  const reason = reader.uint32();
  const description = reader.string().toString('utf8');
  reader.string();
  reader.expectEnd();
  return { recipientChannel, reason, description };
}

/** Encodes `SSH_MSG_CHANNEL_OPEN_FAILURE`. */
export function encodeChannelOpenFailure(message: ChannelOpenFailure): Buffer {
  const writer = writeMessage(MessageNumber.ChannelOpenFailure).uint32(message.recipientChannel);
  return writer.uint32(message.reason).text(message.description).text('').toBuffer();
}
