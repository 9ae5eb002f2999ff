import type { Principal, PrincipalId } from '../identity/principal.ts';
import type { Answer } from './answer.ts';

/** A request, checked against its route. */
export interface Call {
  /** As the route's schema parsed it; a handler may rely on that schema's type. */
  readonly path: unknown;
  readonly query: unknown;
  readonly form: URLSearchParams;
  /** A body in JSON. Undefined for a route that takes none. */
  readonly json: unknown;
  /** Address of the client, without port. */
  readonly clientAddress: string;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}

export interface SignedInCall extends Call {
  readonly principal: Principal;
  /** Set when the asker asks by a sign-in in a browser. */
  readonly signIn: CallSignIn | undefined;
  /** Asks anew, for answers that last: the sign-in may have ended, the token been revoked. */
  readonly isStillSignedIn: () => Promise<boolean>;
}

/** The sign-in in a browser by which somebody asks. */
export interface CallSignIn {
  readonly id: string;
  /** What has to come with whatever changes something. */
  readonly csrfToken: string;
}

/** What a path names, for the policy to decide about. */
export interface Subject {
  readonly target: string;
  readonly owner: PrincipalId;
}

/**
 * Serves a route. The kind must be that of the route's access: a handler cannot be reached by less
 * than the contract says.
 */
export type Handler =
  | { readonly access: 'public' | 'token'; handle(call: Call): Promise<Answer> }
  | { readonly access: 'signed-in' | 'gateway-policy'; handle(call: SignedInCall): Promise<Answer> }
  | SessionPolicyHandler;

/** Serves what is about one session. */
export interface SessionPolicyHandler {
  readonly access: 'session-policy';
  /**
   * Finds what the path names. Then the policy is asked, and only what it allows is handled.
   * Undefined when there is no such thing.
   */
  find(call: SignedInCall): Promise<FoundSubject | undefined>;
}

export interface FoundSubject extends Subject {
  handle(): Promise<Answer>;
}
