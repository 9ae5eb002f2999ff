import { timingSafeEqual } from 'node:crypto';
import type { Principal } from '../identity/principal.ts';
import { findOwnOrigin } from './browser/own-origin.ts';
import { readSignInCookie } from './browser/sign-in-cookie.ts';
import type { CallSignIn } from './handler.ts';
import type { ControlPlaneServices } from './services.ts';

/** What a request says of who sends it and from where, before anything of it is believed. */
export interface CallCredentials {
  /** Every header of that name that was sent. */
  readonly authorization: readonly string[];
  readonly cookie: readonly string[];
  readonly origin: readonly string[];
  readonly host: readonly string[];
  readonly csrf: readonly string[];
  /** `Sec-Fetch-Site`, which pages cannot set. */
  readonly fetchSite: readonly string[];
  /** Whether the method is one that changes nothing. */
  readonly isSafe: boolean;
  /** Whether it only asks whether the sign-in still counts, for an answer that lasts. */
  readonly isLook?: boolean;
  /** Address of the client, without port. */
  readonly clientAddress: string;
  readonly signal: AbortSignal;
}

export type CallAuthentication =
  | {
      readonly kind: 'signed-in';
      readonly principal: Principal;
      readonly signIn: CallSignIn | undefined;
    }
  | { readonly kind: 'not-signed-in' }
  /** The sign-in is good, and the request is not from our own pages. */
  | { readonly kind: 'forged' };

type Services = Pick<
  ControlPlaneServices,
  'authenticator' | 'refusals' | 'nowMs' | 'signIns' | 'consoleOrigin'
>;

/** Letters of RFC 6750 section 2.1. */
const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

const NOT_SIGNED_IN: CallAuthentication = { kind: 'not-signed-in' };

/**
 * Says who sends a request: by its bearer token, or else by the sign-in of its cookie. A browser adds
 * cookies by itself, so with one a request has to show that a page of ours sent it.
 */
export function authenticateCall(
  credentials: CallCredentials,
  services: Services,
): Promise<CallAuthentication> {
  return credentials.authorization.length > 0
    ? authenticateToken(credentials, services)
    : authenticateSignIn(credentials, services);
}

async function authenticateToken(
  { authorization, clientAddress, signal }: CallCredentials,
  { authenticator, refusals, nowMs }: Services,
): Promise<CallAuthentication> {
  const token = authorization.length === 1 ? BEARER.exec(authorization[0] ?? '')?.[1] : undefined;
  if (token === undefined) return NOT_SIGNED_IN;
  const result = await authenticator.authenticate(token, signal);
  if (result.kind === 'authenticated') {
    const { principal } = result;
    if (nowMs() >= principal.expiresAtMs) return NOT_SIGNED_IN;
    return { kind: 'signed-in', principal, signIn: undefined };
  }
  refusals.note({ clientAddress, reason: result.reason, via: 'api' });
  return NOT_SIGNED_IN;
}

async function authenticateSignIn(
  credentials: CallCredentials,
  { signIns, consoleOrigin }: Services,
): Promise<CallAuthentication> {
  const secret = readSignInCookie(credentials.cookie);
  if (secret === undefined) return NOT_SIGNED_IN;
  const found = await signIns.authenticate(secret, credentials.isLook !== true);
  if (found === undefined) return NOT_SIGNED_IN;
  const { principal, id, csrfToken } = found;
  const isOurs =
    isFromSameOrigin(credentials.fetchSite) &&
    (credentials.isSafe || provesOwnPage(credentials, csrfToken, consoleOrigin()));
  return isOurs ? { kind: 'signed-in', principal, signIn: { id, csrfToken } } : { kind: 'forged' };
}

/** Browsers that send no such header are held by `SameSite` and by the token. `none`: typed by a person. */
function isFromSameOrigin(fetchSite: readonly string[]): boolean {
  return fetchSite.every((site) => site === 'same-origin' || site === 'none');
}

function provesOwnPage(
  { origin, host, csrf }: CallCredentials,
  csrfToken: string,
  configured: string | undefined,
): boolean {
  const own = findOwnOrigin(host, configured);
  if (own === undefined || origin.length !== 1 || origin[0] !== own) return false;
  const [sent] = csrf;
  return csrf.length === 1 && sent !== undefined && isEqual(sent, csrfToken);
}

function isEqual(sent: string, expected: string): boolean {
  const [one, other] = [Buffer.from(sent), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
