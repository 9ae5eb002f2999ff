import type { KexInit } from '../../../wire/ssh/kexinit.ts';
import { CIPHERS, MACS } from './packet-algorithms.ts';
import { TransportError } from './transport-error.ts';

/** Names of algorithms for each purpose, in order of preference. */
export interface AlgorithmOffer {
  readonly keyExchanges: readonly string[];
  /** Of the host's key. A server offers those that its keys can be used with. */
  readonly hostKeys: readonly string[];
  readonly ciphers: readonly string[];
  /** For ciphers that do not authenticate by themselves. */
  readonly macs: readonly string[];
}

export type Role = 'client' | 'server';

/** What protects one direction. */
export interface PacketAlgorithms {
  readonly cipher: string;
  /** Undefined where the cipher authenticates by itself. */
  readonly mac: string | undefined;
}

/** What both sides' lists come to (RFC 4253 section 7.1). */
export interface AgreedAlgorithms {
  readonly keyExchange: string;
  readonly hostKey: string;
  readonly toServer: PacketAlgorithms;
  readonly toClient: PacketAlgorithms;
}

/** Names among the key exchanges that say something else of the side that lists them. */
const MARKERS = {
  client: { extInfo: 'ext-info-c', strict: 'kex-strict-c-v00@openssh.com' },
  server: { extInfo: 'ext-info-s', strict: 'kex-strict-s-v00@openssh.com' },
} as const;

/** What the first KEXINIT of `role` lists beside its key exchanges: EXT_INFO is understood, and strictness. */
export function markersOf(role: Role): readonly string[] {
  return Object.values(MARKERS[role]);
}

/** Whether the first KEXINIT of `role` says that it reads EXT_INFO (RFC 8308). */
export function understandsExtInfo(init: KexInit, role: Role): boolean {
  return init.keyExchanges.includes(MARKERS[role].extInfo);
}

/** Whether the first KEXINIT of `role` asks for strict key exchange. */
export function asksForStrict(init: KexInit, role: Role): boolean {
  return init.keyExchanges.includes(MARKERS[role].strict);
}

/**
 * Finds for each purpose the first name of the client's list that the server's has too.
 *
 * @param isStrict Without strict key exchange an attacker can take messages from the beginning of a
 * connection unseen where the MAC covers the encrypted packet (CVE-2023-48795): then there is none.
 * @throws {TransportError} If there is none for some purpose.
 */
export function agreeOnAlgorithms(
  client: KexInit,
  server: KexInit,
  isStrict: boolean,
): AgreedAlgorithms {
  const keyExchange = firstShared('key exchange', client.keyExchanges, server.keyExchanges);
  const hostKey = firstShared('host key algorithm', client.hostKeys, server.hostKeys);
  firstShared('compression', client.compressionsToServer, server.compressionsToServer);
  firstShared('compression', client.compressionsToClient, server.compressionsToClient);
  const toServer = agreeOnPackets(
    firstShared('cipher', client.ciphersToServer, server.ciphersToServer),
    [client.macsToServer, server.macsToServer],
    isStrict,
  );
  const toClient = agreeOnPackets(
    firstShared('cipher', client.ciphersToClient, server.ciphersToClient),
    [client.macsToClient, server.macsToClient],
    isStrict,
  );
  return { keyExchange, hostKey, toServer, toClient };
}

/** Whether both sides prefer the same method, which makes a guessed first message valid. */
export function isGuessRight(client: KexInit, server: KexInit): boolean {
  return (
    client.keyExchanges[0] === server.keyExchanges[0] && client.hostKeys[0] === server.hostKeys[0]
  );
}

function agreeOnPackets(
  cipher: string,
  [clientMacs, serverMacs]: readonly [readonly string[], readonly string[]],
  isStrict: boolean,
): PacketAlgorithms {
  if (CIPHERS.get(cipher)?.tagBytes !== 0) return { cipher, mac: undefined };
  const mac = firstShared('MAC', clientMacs, serverMacs);
  if (!isStrict && MACS.get(mac)?.coversEncrypted === true) {
    throw new TransportError(
      'ERR_SSH_NO_COMMON_ALGORITHM',
      `Cannot exchange keys: ${mac} is not safe with a peer without strict key exchange`,
    );
  }
  return { cipher, mac };
}

function firstShared(
  purpose: string,
  client: readonly string[],
  server: readonly string[],
): string {
  const name = client.find((candidate) => server.includes(candidate));
  if (name !== undefined) return name;
  throw new TransportError(
    'ERR_SSH_NO_COMMON_ALGORITHM',
    `Cannot exchange keys: no ${purpose} that both sides have`,
  );
}
