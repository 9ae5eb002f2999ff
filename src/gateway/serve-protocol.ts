import type { Address } from '../configuration/fields.ts';
import type { Configuration } from '../configuration/load-configuration.ts';
import type { SignInLimits } from '../identity/sign-in-places.ts';
import type { Protocol, Session } from '../protocols/protocol.ts';

/** Where one protocol is spoken. */
export interface ProtocolListener {
  readonly address: Address;
  readonly protocol: Protocol;
  /** The listener's only target, if it has one. */
  readonly boundTo: string | undefined;
  /** Default: all sockets may be taken by connections that have not signed in. */
  readonly signIns?: SignInLimits;
}

/** A protocol as one process serves it: its listeners, and what they share. */
export interface ServedProtocol {
  readonly listeners: readonly ProtocolListener[];
  /** Takes effect at the next connection. */
  reconfigure(configuration: Configuration): void;
}

/** What the data plane gives each protocol. */
export interface ServingParts {
  /** Aborts when no session runs any more. */
  readonly signal: AbortSignal;
  /** Aborts when clients had better go elsewhere, although their sessions go on. */
  readonly draining: AbortSignal;
  /** Called for every read from a client. */
  readonly onActivity: (session: Session) => void;
}

/** Makes a protocol ready to be served. */
export type ServeProtocol = (parts: ServingParts) => ServedProtocol;
