import { MessageNumber } from './message-number.ts';
import { readMessage } from './ssh-reader.ts';
import { writeMessage } from './ssh-writer.ts';

export interface ChannelOpenConfirmation {
  /** Number that the receiver of this message gave the channel. */
  readonly recipientChannel: number;
  readonly senderChannel: number;
  readonly initialWindowBytes: number;
  readonly packetBytesMax: number;
}

/** Decodes `SSH_MSG_CHANNEL_OPEN_CONFIRMATION`. Data by channel type may follow; none that we know has any. */
export function decodeChannelOpenConfirmation(payload: Buffer): ChannelOpenConfirmation {
  const number = MessageNumber.ChannelOpenConfirmation;
  const reader = readMessage(payload, number, 'CHANNEL_OPEN_CONFIRMATION');
  const recipientChannel = reader.uint32();
  const senderChannel = reader.uint32();
  const initialWindowBytes = reader.uint32();
  const packetBytesMax = reader.uint32();
  return { recipientChannel, senderChannel, initialWindowBytes, packetBytesMax };
}

/** Encodes `SSH_MSG_CHANNEL_OPEN_CONFIRMATION`. */
export function encodeChannelOpenConfirmation(message: ChannelOpenConfirmation): Buffer {
  return writeMessage(MessageNumber.ChannelOpenConfirmation)
    .uint32(message.recipientChannel)
    .uint32(message.senderChannel)
    .uint32(message.initialWindowBytes)
    .uint32(message.packetBytesMax)
    .toBuffer();
}
