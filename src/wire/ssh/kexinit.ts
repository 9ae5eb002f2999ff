import { MessageNumber } from './message-number.ts';
import { readMessage } from './ssh-reader.ts';
import { writeMessage } from './ssh-writer.ts';

/** Random bytes that begin each KEXINIT. */
export const KEX_COOKIE_BYTES = 16;

/** What one side can do, each list in its order of preference. */
export interface KexInit {
  readonly cookie: Buffer;
  readonly keyExchanges: readonly string[];
  readonly hostKeys: readonly string[];
  readonly ciphersToServer: readonly string[];
  readonly ciphersToClient: readonly string[];
  readonly macsToServer: readonly string[];
  readonly macsToClient: readonly string[];
  readonly compressionsToServer: readonly string[];
  readonly compressionsToClient: readonly string[];
  /** The next message belongs to the first key exchange method and host key of both lists, as a guess. */
  readonly firstKexPacketFollows: boolean;
}

/** Decodes `SSH_MSG_KEXINIT` (RFC 4253 section 7.1). */
export function decodeKexInit(payload: Buffer): KexInit {
  const reader = readMessage(payload, MessageNumber.KexInit, 'KEXINIT');
  const cookie = reader.bytes(KEX_COOKIE_BYTES);
  const keyExchanges = reader.nameList();
  const hostKeys = reader.nameList();
  const ciphersToServer = reader.nameList();
  const ciphersToClient = reader.nameList();
  const macsToServer = reader.nameList();
  const macsToClient = reader.nameList();
  const compressionsToServer = reader.nameList();
  const compressionsToClient = reader.nameList();
  // Languages: some peers write tags that are not names, and nothing depends on them.
  reader.string();
  reader.string();
  const firstKexPacketFollows = reader.boolean();
  reader.uint32();
  reader.expectEnd();
  return {
    cookie,
    keyExchanges,
    hostKeys,
    ciphersToServer,
    ciphersToClient,
    macsToServer,
    macsToClient,
    compressionsToServer,
    compressionsToClient,
    firstKexPacketFollows,
  };
}

/** Encodes `SSH_MSG_KEXINIT`. */
export function encodeKexInit(message: KexInit): Buffer {
  return writeMessage(MessageNumber.KexInit)
    .bytes(message.cookie)
    .nameList(message.keyExchanges)
    .nameList(message.hostKeys)
    .nameList(message.ciphersToServer)
    .nameList(message.ciphersToClient)
    .nameList(message.macsToServer)
    .nameList(message.macsToClient)
    .nameList(message.compressionsToServer)
    .nameList(message.compressionsToClient)
    .nameList([])
    .nameList([])
    .boolean(message.firstKexPacketFollows)
    .uint32(0)
    .toBuffer();
}
