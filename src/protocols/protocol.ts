import type { Socket } from 'node:net';
import type { AuthenticationResult } from '../identity/authenticator.ts';
import type { DeviceSignIn } from '../identity/device-sign-in.ts';
import type { Principal } from '../identity/principal.ts';
import type { Recorder } from '../recording/recorder.ts';
import type { ClientProtocol, Target, TargetKind, TargetOf } from '../targets/target.ts';
import type { Guard } from './guard.ts';
import type { SharedTerminal } from './guests.ts';

/** What a client asked for before it may send operations. */
export interface Greeting {
  readonly principal: Principal;
  /** As the client spelled it: its database or its user. Which target that names is the catalogue's to say. */
  readonly targetName: string;
  readonly applicationName: string;
  readonly isEncrypted: boolean;
}

/** What the gateway found for a greeting, or why the client is turned away. */
export type Admission =
  | { readonly kind: 'admitted'; readonly session: Session }
  | {
      readonly kind: 'refused';
      /** `hidden`: unknown and forbidden targets look the same to the client. */
      readonly reason: 'hidden' | 'too-many' | 'unavailable';
      readonly message: string;
    };

/** A span of one principal's access to one target. */
export interface Session {
  /** Minted by the gateway, unguessable. */
  readonly id: string;
  readonly principal: Principal;
  readonly target: Target;
  /** Opened on a PostgreSQL target; "" where there are none. */
  readonly database: string;
  /** The user on an SSH target; "" where the client names none. */
  readonly account: string;
  readonly guard: Guard;
  readonly recorder: Recorder | undefined;
  /**
   * Where to take down what goes between gateway and target, from when policy asks for it: undefined until
   * then.
   */
  readonly rawTrack: Recorder | undefined;
  readonly counts: SessionCounts;
  /**
   * Calls back once when the session must end, at once if it must already. There is one listener: an
   * AbortSignal would cost each idle session half a kilobyte.
   */
  onAbort(listener: (reason: SessionEnd) => void): void;
  /** Lets guests take part in a terminal. Returns what makes that end. */
  share(terminal: SharedTerminal): () => void;
  /** Says how the session ended; returns it. The first call counts. */
  finish(end: SessionEnd): SessionEnd;
  /** Enters the end in the ledger, closes the recording and gives back the session's place. */
  close(): void;
}

/** A session on a target of one kind. */
export interface SessionOn<Kind extends TargetKind> extends Session {
  readonly target: TargetOf<Kind>;
}

/** Whether a session is on a target of a kind. */
export function isOn<Kind extends TargetKind>(
  session: Session,
  kind: Kind,
): session is SessionOn<Kind> {
  return session.target.kind === kind;
}

/** Counted by the protocol as it goes; part of the `session.end` entry. */
export interface SessionCounts {
  operations: number;
  refused: number;
  rows: number;
  bytesSent: number;
  bytesShown: number;
}

/** Why a session ended, for the ledger and, where it was not the client's doing, for the client. */
export type SessionEnd =
  | 'client-left'
  | 'refused'
  | 'target-unreachable'
  | 'target-left'
  | 'idle-timeout'
  | 'principal-expired'
  | 'principal-disabled'
  /** Somebody ended it from outside. */
  | 'stopped'
  /** The policies permitted it through a grant that is over. */
  | 'grant-ended'
  | 'gateway-stopping'
  | 'protocol-error'
  | 'recording-failed'
  /** A result could not be shown with its vault tokens. */
  | 'store-failed'
  | 'internal-error';

/** What a protocol asks of the gateway while a client signs in. */
export interface Door {
  authenticate(token: string, signal: AbortSignal): Promise<AuthenticationResult>;
  /**
   * Signs in whoever a certificate of ours is for.
   *
   * @param certificate Its bytes, whole. Its key must have signed this very connection.
   */
  authenticateCertificate(certificate: Buffer, signal: AbortSignal): Promise<AuthenticationResult>;
  /**
   * Signs in whoever a TLS client certificate is for.
   *
   * @param chain As TLS proved it, DER: the client's certificate first, its authority's last.
   */
  authenticateClientCertificate(chain: readonly Buffer[]): Promise<AuthenticationResult>;
  /**
   * Signs in the browser that has a cookie of ours.
   *
   * @param host At which it has it, without port.
   */
  authenticateCookie(cookie: string, host: string): Promise<AuthenticationResult>;
  /** Begins a sign-in that somebody finishes in a browser. */
  beginDeviceSignIn(signal: AbortSignal): Promise<DeviceSignIn>;
  /** The client of this connection has signed in over another, and shares that session. */
  noteSignedIn(): void;
  admit(greeting: Greeting): Promise<Admission>;
  /** The door of a connection that the client opens through its own, to one target: it signs in by itself. */
  within(targetName: string): Door;
}

/** One protocol, spoken on both sides. */
export interface Protocol {
  readonly kind: ClientProtocol;
  /** Serves one client connection from its first byte to its last. Resolves when both sides are closed. */
  serve(socket: Socket, door: Door, signal: AbortSignal): Promise<SessionEnd | undefined>;
}
