import type { Door, Session } from '../protocol.ts';
import type { UpstreamError } from '../upstream-error.ts';
import type { SiteSignIn } from './browser/site-sign-in.ts';
import type { FindService } from './http-service.ts';
import type { HttpSessions, SessionMemory } from './http-sessions.ts';

/** What the exchanges of a process share. */
export interface ExchangeServices {
  readonly sessions: HttpSessions;
  readonly onUpstreamError: (session: Session, error: UpstreamError) => void;
  /** The gateway itself failed. */
  readonly onFailure: (error: unknown) => void;
  readonly onActivity: (session: Session) => void;
  /** Undefined where nobody asked for such a review, or somebody else did. */
  readonly findReview: FindReview;
  /** Undefined where browsers cannot sign in. */
  readonly siteSignIn: SiteSignIn | undefined;
  readonly nowMs: () => number;
}

/** How a held request stands, for who asked for it. */
export type FindReview = (
  requestId: string,
  principalId: string,
) => Promise<ReviewStanding | undefined>;

export interface ReviewStanding {
  readonly state: 'pending' | 'approved' | 'used' | 'rejected' | 'expired' | 'withdrawn';
  readonly expiresAtMs: number;
}

/** Where exchanges come from: one connection of a client. */
export interface ExchangeOrigin {
  readonly door: Door;
  readonly findService: FindService;
  /** IP address. */
  readonly clientAddress: string;
  readonly isEncrypted: boolean;
  /** Of the client, DER, its own first; undefined where it has none that passes. */
  readonly certificateChain: readonly Buffer[] | undefined;
  readonly memory: SessionMemory;
  /** Aborts when the connection is over. */
  readonly signal: AbortSignal;
}
