import type { KeyObject } from 'node:crypto';
import { KEY_USE_NAMES, keyUseNames } from '../../../wire/ssh/key-algorithm.ts';
import { SshReader } from '../../../wire/ssh/ssh-reader.ts';
import type { AlgorithmOffer } from './algorithms.ts';
import { KEY_AGREEMENTS, SERVER_KEY_AGREEMENTS } from './key-agreement.ts';
import { CIPHERS, MACS } from './packet-algorithms.ts';

/** A key that the server proves itself with. */
export interface HostKey {
  readonly privateKey: KeyObject;
  /** What clients are shown: the public key, or a host certificate for it, as on the wire. */
  readonly blob: Buffer;
}

/** Whether the key that a server proved to hold is the one that the client expects. */
export type HostKeyVerdict =
  | { readonly kind: 'trusted' }
  | { readonly kind: 'refused'; readonly reason: string };

/** What bounds a connection. All times end in an error and a closed stream. */
export interface TransportLimits {
  /** From the first byte to the first keys in use. Default 20 s. */
  readonly handshakeMsMax: number;
  /** From our first message of a later key exchange to its end. Default 5 min. */
  readonly rekeyMsMax: number;
  /** Age at which keys are replaced, with the next message. Default 1 h. */
  readonly keysMsMax: number;
  /** Bytes in either direction after which keys are replaced. Default 1 GiB. */
  readonly keysBytesMax: number;
  /** Bytes that wait, for the peer or for a key exchange, before `send` says so. Default 256 KiB. */
  readonly highWaterBytes: number;
  /** Bytes that may wait at all; more closes the connection. Default 16 MiB. */
  readonly waitingBytesMax: number;
}

interface EitherRole {
  /** What comes after `SSH-2.0-` in our identification; printable, no spaces or hyphens. */
  readonly software: string;
  /** What is offered, in order of preference. Default: all that is implemented. */
  readonly algorithms?: Partial<AlgorithmOffer>;
  readonly limits?: Partial<TransportLimits>;
}

export interface ServerTransportOptions extends EitherRole {
  readonly role: 'server';
  /** In order of preference. At least one. */
  readonly hostKeys: readonly HostKey[];
}

export interface ClientTransportOptions extends EitherRole {
  readonly role: 'client';
  /**
   * Asked after the signature was checked, in every key exchange.
   *
   * @param algorithm Name of the host key algorithm, such as `ssh-ed25519-cert-v01@openssh.com`.
   * @param blob The server's public key or certificate; its form is known to fit `algorithm`.
   */
  verifyHostKey(algorithm: string, blob: Buffer): HostKeyVerdict;
}

export type SshTransportOptions = ServerTransportOptions | ClientTransportOptions;

const MINUTE_MS = 60_000;
const KIB = 1024;

const DEFAULT_LIMITS: TransportLimits = {
  handshakeMsMax: 20_000,
  rekeyMsMax: 5 * MINUTE_MS,
  keysMsMax: 60 * MINUTE_MS,
  keysBytesMax: 1024 * 1024 * KIB,
  highWaterBytes: 256 * KIB,
  waitingBytesMax: 16 * 1024 * KIB,
};

/** The limits that hold for a connection. */
export function limitsOf(options: SshTransportOptions): TransportLimits {
  return options.limits === undefined ? DEFAULT_LIMITS : { ...DEFAULT_LIMITS, ...options.limits };
}

/** What our KEXINIT lists. */
export function offerOf(options: SshTransportOptions): AlgorithmOffer {
  const isServer = options.role === 'server';
  const wanted = options.algorithms ?? {};
  const hostKeys = isServer ? options.hostKeys.flatMap(usesOf) : KEY_USE_NAMES;
  return {
    keyExchanges:
      wanted.keyExchanges ?? (isServer ? SERVER_KEY_AGREEMENTS : [...KEY_AGREEMENTS.keys()]),
    hostKeys: wanted.hostKeys?.filter((name) => hostKeys.includes(name)) ?? hostKeys,
    ciphers: wanted.ciphers ?? [...CIPHERS.keys()],
    macs: wanted.macs ?? [...MACS.keys()],
  };
}

function usesOf(hostKey: HostKey): string[] {
  return keyUseNames(new SshReader(hostKey.blob, 'host key').identifier());
}
