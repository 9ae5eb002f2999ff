import type { Principal } from './principal.ts';

/** Why a token was turned away. For the ledger; the client is only told that sign-in failed. */
export type RejectionReason =
  | 'malformed'
  | 'unknown-issuer'
  | 'bad-signature'
  | 'wrong-audience'
  | 'expired'
  | 'not-yet-valid'
  | 'claims-not-accepted'
  | 'revoked'
  | 'unknown-token'
  | 'disabled'
  | 'provider-unreachable'
  | 'token-store-unreachable'
  /** The person, or the provider, said no to a sign-in by a code. */
  | 'declined'
  /** Of certificates: signed by somebody else, or for something else than what it is shown for. */
  | 'unknown-authority'
  | 'wrong-certificate'
  | 'wrong-address';

export type AuthenticationResult =
  | { readonly kind: 'authenticated'; readonly principal: Principal }
  | { readonly kind: 'rejected'; readonly reason: RejectionReason };

/** Turns a token that a client presented into a principal. */
export interface Authenticator {
  /**
   * Never throws for what the client sent: that is an answer, `rejected`. Rejects with the signal's
   * reason when it aborts.
   */
  authenticate(token: string, signal: AbortSignal): Promise<AuthenticationResult>;
  /**
   * The same for an SSH certificate of whose private key the client has proved possession: a certificate alone
   * is no secret, and proves nothing.
   *
   * @param certificate Its bytes, whole.
   */
  authenticateCertificate(
    certificate: Buffer,
    client: CertificateHolder,
    signal: AbortSignal,
  ): Promise<AuthenticationResult>;
}

/** Who shows a certificate. */
export interface CertificateHolder {
  /** Without port. */
  readonly clientAddress: string;
}
