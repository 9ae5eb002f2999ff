import type { AuthenticationResult } from './authenticator.ts';

/**
 * A sign-in that somebody finishes in a browser, on this device or another.
 *
 * @see RFC 8628
 */
export type DeviceSignIn =
  | DeviceSignInBegun
  /** Switched off, or no provider offers it, or too many wait already. */
  | { readonly kind: 'unavailable' };

export interface DeviceSignInBegun {
  readonly kind: 'begun';
  /** Where to enter the code. */
  readonly url: string;
  readonly userCode: string;
  /** The same with the code in it, if the provider makes one. */
  readonly completeUrl: string | undefined;
  /** Milliseconds since the Unix epoch. From this instant on the code is worth nothing. */
  readonly expiresAtMs: number;
  /**
   * Settles once the person has decided or the code has expired; rejects with the signal's reason when
   * the connection that began it is gone.
   */
  readonly outcome: Promise<AuthenticationResult>;
}
