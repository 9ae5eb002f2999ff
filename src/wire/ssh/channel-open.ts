import { MessageNumber } from './message-number.ts';
import { readMessage } from './ssh-reader.ts';
import { writeMessage } from './ssh-writer.ts';

export interface ChannelOpen {
  readonly channelType: string;
  readonly senderChannel: number;
  /** Bytes the other side may send before it is given more. */
  readonly initialWindowBytes: number;
  /** Bytes of data that one message may carry to the sender. */
  readonly packetBytesMax: number;
  /** What follows, by the type: see `direct-tcpip.ts` and its neighbours. Empty for `session`. */
  readonly typeData: Buffer;
}

/** Decodes `SSH_MSG_CHANNEL_OPEN` (RFC 4254 section 5.1). */
export function decodeChannelOpen(payload: Buffer): ChannelOpen {
  const reader = readMessage(payload, MessageNumber.ChannelOpen, 'CHANNEL_OPEN');
  const channelType = reader.identifier();
  const senderChannel = reader.uint32();
  const initialWindowBytes = reader.uint32();
  const packetBytesMax = reader.uint32();
  const typeData = reader.bytes(reader.remaining);
  return { channelType, senderChannel, initialWindowBytes, packetBytesMax, typeData };
}

/** Encodes `SSH_MSG_CHANNEL_OPEN`. */
export function encodeChannelOpen(message: ChannelOpen): Buffer {
  return writeMessage(MessageNumber.ChannelOpen)
    .text(message.channelType)
    .uint32(message.senderChannel)
    .uint32(message.initialWindowBytes)
    .uint32(message.packetBytesMax)
    .bytes(message.typeData)
    .toBuffer();
}
