/**
 * Name of the sign-in's cookie. The prefix makes browsers insist on `Secure`, on `Path=/` and on no
 * `Domain`, so that no neighbouring host can set it.
 */
export const SIGN_IN_COOKIE = '__Host-sallyport';

/** What the cookie of a sign-in holds: 32 random bytes in base64url. */
const SECRET = /^[A-Za-z0-9_-]{43}$/;

/** Bytes of `Cookie` headers that are looked at. */
const HEADER_LENGTH_MAX = 8_192;

/**
 * The secret in a request's cookies. Undefined if there is none, or more than one: of two, somebody
 * else may have planted either.
 */
export function readSignInCookie(headers: readonly string[]): string | undefined {
  const values = readCookies(headers, SIGN_IN_COOKIE);
  const [value] = values;
  return values.length === 1 && value !== undefined && SECRET.test(value) ? value : undefined;
}

/** All values of one cookie. */
export function readCookies(headers: readonly string[], name: string): readonly string[] {
  const text = headers.join('; ');
  if (text.length > HEADER_LENGTH_MAX) return [];
  return text.split(';').flatMap((pair) => {
    const equals = pair.indexOf('=');
    return pair.slice(0, equals).trim() === name && equals !== -1
      ? [pair.slice(equals + 1).trim()]
      : [];
  });
}
