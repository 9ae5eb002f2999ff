import { MessageNumber } from './message-number.ts';
import { readMessage } from './ssh-reader.ts';
import { writeMessage } from './ssh-writer.ts';

export interface ChannelRequest {
  readonly recipientChannel: number;
  readonly requestType: string;
  readonly wantReply: boolean;
  /** What follows, by the type: see `pty-request.ts` and its neighbours. Empty for `shell`. */
  readonly requestData: Buffer;
}

/** Decodes `SSH_MSG_CHANNEL_REQUEST` (RFC 4254 section 5.4). */
export function decodeChannelRequest(payload: Buffer): ChannelRequest {
  const reader = readMessage(payload, MessageNumber.ChannelRequest, 'CHANNEL_REQUEST');
  const recipientChannel = reader.uint32();
  const requestType = reader.identifier();
  const wantReply = reader.boolean();
  const requestData = reader.bytes(reader.remaining);
  return { recipientChannel, requestType, wantReply, requestData };
}

/** Encodes `SSH_MSG_CHANNEL_REQUEST`. */
export function encodeChannelRequest(message: ChannelRequest): Buffer {
  return writeMessage(MessageNumber.ChannelRequest)
    .uint32(message.recipientChannel)
    .text(message.requestType)
    .boolean(message.wantReply)
    .bytes(message.requestData)
    .toBuffer();
}
