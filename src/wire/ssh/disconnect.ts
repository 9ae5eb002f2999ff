import { MessageNumber } from './message-number.ts';
import { readMessage } from './ssh-reader.ts';
import { writeMessage } from './ssh-writer.ts';

/** Why a connection ends, by the names of RFC 4253 section 11.1. */
export const DisconnectReason = {
  HostNotAllowedToConnect: 1,
  ProtocolError: 2,
  KeyExchangeFailed: 3,
  MacError: 5,
  ServiceNotAvailable: 7,
  HostKeyNotVerifiable: 9,
  ConnectionLost: 10,
  ByApplication: 11,
  TooManyConnections: 12,
  AuthCancelledByUser: 13,
  NoMoreAuthMethodsAvailable: 14,
  IllegalUserName: 15,
} as const;

export interface Disconnect {
  readonly reason: number;
  /** Of the peer's choosing: may hold anything that is UTF-8 or not. */
  readonly description: string;
}

/** Decodes `SSH_MSG_DISCONNECT`. The language tag may be absent, as some clients leave it out. */
export function decodeDisconnect(payload: Buffer): Disconnect {
  const reader = readMessage(payload, MessageNumber.Disconnect, 'DISCONNECT');
  const reason = reader.uint32();
  const description = reader.string().toString('utf8');
  if (reader.remaining > 0) reader.string();
  reader.expectEnd();
  return { reason, description };
}

/** Encodes `SSH_MSG_DISCONNECT`. */
export function encodeDisconnect(message: Disconnect): Buffer {
  const { reason, description } = message;
  const writer = writeMessage(MessageNumber.Disconnect).uint32(reason).text(description);
  return writer.text('').toBuffer();
}
