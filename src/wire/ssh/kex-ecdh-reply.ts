import { MessageNumber } from './message-number.ts';
import { readMessage } from './ssh-reader.ts';
import { writeMessage } from './ssh-writer.ts';

export interface KexEcdhReply {
  /** Public key or certificate. */
  readonly hostKey: Buffer;
  readonly serverValue: Buffer;
  /** Of the exchange hash. */
  readonly signature: Buffer;
}

/** Decodes `SSH_MSG_KEX_ECDH_REPLY`. */
export function decodeKexEcdhReply(payload: Buffer): KexEcdhReply {
  const reader = readMessage(payload, MessageNumber.KexEcdhReply, 'KEX_ECDH_REPLY');
  const hostKey = reader.string();
  const serverValue = reader.string();
  const signature = reader.string();
  reader.expectEnd();
  return { hostKey, serverValue, signature };
}

/** Encodes `SSH_MSG_KEX_ECDH_REPLY`. */
export function encodeKexEcdhReply(message: KexEcdhReply): Buffer {
  const writer = writeMessage(MessageNumber.KexEcdhReply).string(message.hostKey);
  return writer.string(message.serverValue).string(message.signature).toBuffer();
}
