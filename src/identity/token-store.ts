import type { Principal, PrincipalId } from './principal.ts';

export type TokenKind = 'bearer' | 'ssh-certificate';

/** A Sallyport token as it is kept: never the token itself, only what recognises it. */
export interface TokenRecord {
  /** Public name of the token (`tok_…`), for lists, revocation and the ledger. Opens nothing. */
  readonly id: string;
  /** What its holder presents: the token itself, or a certificate and proof of its private key. */
  readonly kind: TokenKind;
  /** SHA-256 of the token's text, or of the certificate; 32 bytes. */
  readonly hash: Buffer;
  readonly principal: Omit<Principal, 'signIn' | 'expiresAtMs'>;
  /** Milliseconds since the Unix epoch. */
  readonly issuedAtMs: number;
  /** Milliseconds since the Unix epoch. From this instant on the token is worth nothing. */
  readonly expiresAtMs: number;
  /** Milliseconds since the Unix epoch. Absent while the token stands. */
  readonly revokedAtMs?: number;
}

/** Where Sallyport tokens are kept. `store/` provides it; every method rejects if it cannot answer. */
export interface TokenStore {
  insert(record: TokenRecord): Promise<void>;
  /** Also finds expired and revoked tokens, while they are kept. */
  find(hash: Buffer): Promise<TokenRecord | undefined>;
  /** False when there is no such token. Revoking twice keeps the first time. */
  revoke(id: string, revokedAtMs: number): Promise<boolean>;
  /** Newest first. */
  list(principalId: PrincipalId): Promise<readonly TokenRecord[]>;
}
