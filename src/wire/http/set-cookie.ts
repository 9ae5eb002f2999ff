/** Attributes of a cookie beside its value. */
export interface CookieAttributes {
  /** `None` only where another site has to post to us, as SAML does. */
  readonly sameSite: 'Strict' | 'Lax' | 'None';
  /** Seconds; 0 deletes it. */
  readonly maxAgeSeconds: number;
}

/**
 * Formats a `Set-Cookie` field. Scripts never see the cookie, and it goes over TLS only.
 *
 * @see RFC 6265 §4.1
 */
export function formatCookie(
  name: string,
  value: string,
  { sameSite, maxAgeSeconds }: CookieAttributes,
): string {
  return `${name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; Secure; HttpOnly; SameSite=${sameSite}`;
}
