import type { Principal, PrincipalId, SignInMethod } from './principal.ts';

/** A sign-in in a browser as it is kept: never its secret, only what recognises it. */
export interface BrowserSignIn {
  /** `si_` and 128 random bits: for lists, for ending it and for the ledger. Opens nothing. */
  readonly id: string;
  /** SHA-256 of the cookie's value, 32 bytes. */
  readonly secretHash: Buffer;
  readonly principal: Omit<Principal, 'expiresAtMs'>;
  readonly method: SignInMethod & ('oidc-browser' | 'saml');
  readonly clientAddress: string;
  /** What the browser calls itself; anything it likes. */
  readonly userAgent: string;
  /** Milliseconds since the Unix epoch. */
  readonly createdAtMs: number;
  /** Milliseconds since the Unix epoch; to the minute. */
  readonly lastUsedAtMs: number;
  /** Milliseconds since the Unix epoch. It ends then, however much it is used. */
  readonly endsAtMs: number;
}

/** Where sign-ins are kept. `store/` provides it; every method rejects if it cannot answer. */
export interface BrowserSignInStore {
  insert(signIn: BrowserSignIn): Promise<void>;
  /** Only one that has not been ended. */
  find(secretHash: Buffer): Promise<BrowserSignIn | undefined>;
  /** Moves the time of last use forward. */
  touch(id: string, lastUsedAtMs: number): Promise<void>;
  /** False when the principal has no such sign-in, or it has been ended. */
  end(id: string, principalId: PrincipalId, endedAtMs: number): Promise<boolean>;
  /** Those that have not been ended, newest first. */
  list(principalId: PrincipalId): Promise<readonly BrowserSignIn[]>;
}

/**
 * Ids that count once, by whatever process: requests to a SAML provider, and its assertions.
 * `store/` provides it; every method rejects if it cannot answer.
 */
export interface OnceOnlyStore {
  /** False when the id was remembered before. */
  remember(id: string, untilMs: number): Promise<boolean>;
}
