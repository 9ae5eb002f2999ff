import type { OidcChallenge } from '../../identity/oidc-sign-in.ts';
import { formatCookie } from '../../wire/http/set-cookie.ts';
import { readCookies } from './sign-in-cookie.ts';

/** A sign-in that has begun: what the browser that began it has to bring back. */
export type PendingSignIn =
  | {
      readonly kind: 'oidc';
      readonly provider: string;
      readonly challenge: OidcChallenge;
      readonly returnPath: string;
    }
  | {
      readonly kind: 'saml';
      readonly provider: string;
      readonly requestId: string;
      readonly returnPath: string;
    };

const COOKIE = '__Host-sallyport-pending';
/** Seconds that somebody has to sign in at the provider. */
const LIFETIME_SECONDS = 600;
const VALUE = /^[A-Za-z0-9_-]{1,4096}$/;

/**
 * The cookie that binds a sign-in to the browser that began it, so that nobody can have another one
 * finish theirs. An OpenID provider sends the browser back by a link (`Lax`), a SAML provider has it
 * post a form from its own site, where only `None` goes along; it is worth nothing afterwards.
 */
export function formatPendingCookie(pending: PendingSignIn): string {
  const value = Buffer.from(JSON.stringify(pending)).toString('base64url');
  const sameSite = pending.kind === 'saml' ? 'None' : 'Lax';
  return formatCookie(COOKIE, value, { sameSite, maxAgeSeconds: LIFETIME_SECONDS });
}

/** Deletes it. */
export function formatNoPendingCookie(): string {
  return formatCookie(COOKIE, '', { sameSite: 'Lax', maxAgeSeconds: 0 });
}

/** What the browser brings back. Undefined if it began nothing. */
export function readPendingSignIn(cookies: readonly string[]): PendingSignIn | undefined {
  const values = readCookies(cookies, COOKIE);
  const [value] = values;
  if (values.length !== 1 || value === undefined || !VALUE.test(value)) return undefined;
  let pending: unknown;
  try {
    pending = JSON.parse(Buffer.from(value, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
  return isPending(pending) ? pending : undefined;
}

function isPending(value: unknown): value is PendingSignIn {
  if (!isRecord(value) || !areTexts(value, ['provider', 'returnPath'])) return false;
  if (value['kind'] === 'saml') return areTexts(value, ['requestId']);
  const { challenge } = value;
  return (
    value['kind'] === 'oidc' &&
    isRecord(challenge) &&
    areTexts(challenge, ['state', 'nonce', 'codeVerifier'])
  );
}

function areTexts(value: Readonly<Record<string, unknown>>, names: readonly string[]): boolean {
  return names.every((name) => typeof value[name] === 'string' && value[name] !== '');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
