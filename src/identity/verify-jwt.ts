import {
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWSHeaderParameters,
  jwtVerify,
} from 'jose';
import type { RejectionReason } from './authenticator.ts';
import { type Claims, readIdentity } from './claims.ts';
import { ProviderUnreachableError } from './fetch-document.ts';
import { DEFAULT_ALGORITHMS, type IdentityProvider } from './identity-provider.ts';
import type { KeySet } from './key-set.ts';
import type { Principal } from './principal.ts';

/** Seconds that a provider's clock and ours may differ. */
export const CLOCK_SKEW_SECONDS = 60;

/** Seconds since the Unix epoch at the end of the year 9999: later, dates cannot be written down. */
const EXPIRY_SECONDS_MAX = 253_402_300_799;

/** `typ` of ID tokens (often absent) and of access tokens (RFC 9068). Other JWTs are not credentials. */
const TOKEN_TYPES: ReadonlySet<string> = new Set(['jwt', 'at+jwt', 'application/at+jwt']);

/** Headers that bring or point at a key, or change what is signed. No honest token needs them. */
const REFUSED_HEADERS = ['crit', 'jku', 'jwk', 'x5u', 'x5c', 'b64', 'zip', 'enc'] as const;

/** One provider and the keys its tokens are verified with. */
export interface TrustedIssuer {
  readonly provider: IdentityProvider;
  readonly keys: KeySet;
}

export type VerifiedJwt =
  | { readonly kind: 'verified'; readonly principal: Principal }
  | { readonly kind: 'rejected'; readonly reason: RejectionReason };

/**
 * The issuer a token claims to be from. Nothing is proved by it: it only selects whose keys and
 * rules to verify the token with.
 */
export function readUnverifiedIssuer(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

/**
 * Verifies an ID or access token by the rules of one provider.
 *
 * @throws The signal's reason, when it aborts; nothing for what the token says.
 * @see RFC 8725 (JWT best current practices), RFC 9068, OpenID Connect Core section 3.1.3.7
 */
export async function verifyJwt(
  token: string,
  { provider, keys }: TrustedIssuer,
  nowMs: number,
  signal: AbortSignal,
): Promise<VerifiedJwt> {
  const header = readHeader(token, provider);
  if (typeof header === 'string') return rejected(header);
  try {
    const key = await keys.findKey(header, signal);
    if (key === undefined) return rejected('bad-signature');
    const { payload } = await jwtVerify(token, key, {
      algorithms: [...(provider.algorithms ?? DEFAULT_ALGORITHMS)],
      issuer: provider.issuer,
      audience: [...provider.audiences],
      clockTolerance: CLOCK_SKEW_SECONDS,
      currentDate: new Date(nowMs),
      requiredClaims: ['exp'],
    });
    return judgeClaims(payload, header, provider, nowMs);
  } catch (error) {
    if (error instanceof ProviderUnreachableError) return rejected('provider-unreachable');
    if (error instanceof errors.JOSEError) return rejected(reasonOf(error));
    // jose finds out here that a key is shorter than its algorithm wants.
    if (error instanceof TypeError) return rejected('bad-signature');
    throw error;
  }
}

function readHeader(
  token: string,
  provider: IdentityProvider,
): JWSHeaderParameters | RejectionReason {
  let header: JWSHeaderParameters;
  try {
    header = decodeProtectedHeader(token);
  } catch {
    // jose throws TypeError for every malformed header; nothing else in there can fail.
    return 'malformed';
  }
  if (REFUSED_HEADERS.some((name) => Object.hasOwn(header, name))) return 'malformed';
  if (header.kid !== undefined && typeof header.kid !== 'string') return 'malformed';
  const { typ } = header;
  if (typ !== undefined && (typeof typ !== 'string' || !TOKEN_TYPES.has(typ.toLowerCase()))) {
    return 'claims-not-accepted';
  }
  // Before keys are looked for: a wrong algorithm must not cause a fetch.
  const algorithms: readonly unknown[] = provider.algorithms ?? DEFAULT_ALGORITHMS;
  return algorithms.includes(header.alg) ? header : 'bad-signature';
}

/** What jose does not check, for a token whose signature, issuer, audience and times it did. */
function judgeClaims(
  claims: Claims & { readonly exp?: number; readonly iat?: number },
  header: JWSHeaderParameters,
  provider: IdentityProvider,
  nowMs: number,
): VerifiedJwt {
  const { exp, iat } = claims;
  if (exp === undefined || exp > EXPIRY_SECONDS_MAX) return rejected('malformed');
  if (iat !== undefined) {
    if (!Number.isFinite(iat) || iat > exp) return rejected('malformed');
    if (iat * 1000 > nowMs + CLOCK_SKEW_SECONDS * 1000) return rejected('not-yet-valid');
  }
  if (!isForOurClient(claims, header, provider)) return rejected('wrong-audience');
  // A token bound to a key (`cnf`, RFC 7800) proves nothing without that key; one with `events` is a
  // logout or security event token (RFC 8417), whatever its `typ` says.
  if (Object.hasOwn(claims, 'cnf') || Object.hasOwn(claims, 'events')) {
    return rejected('claims-not-accepted');
  }
  const identity = readIdentity(claims, provider);
  if (identity === undefined) return rejected('claims-not-accepted');
  const principal: Principal = {
    ...identity,
    id: `${provider.name}:${identity.subject}`,
    issuer: provider.name,
    kind: provider.kind,
    ...(iat !== undefined && { vouchedAtMs: Math.floor(iat * 1000) }),
    signIn: 'oidc-token',
    expiresAtMs: (exp + CLOCK_SKEW_SECONDS) * 1000,
  };
  return { kind: 'verified', principal };
}

/** Whether the client a token was issued to is ours, where the configuration says which that is. */
function isForOurClient(
  claims: Claims,
  header: JWSHeaderParameters,
  provider: IdentityProvider,
): boolean {
  // ID tokens say it in `azp`, access tokens in `client_id` (RFC 9068 section 2.2).
  const party = claims['azp'] ?? claims['client_id'];
  if (party !== undefined && typeof party !== 'string') return false;
  if (provider.clientId === undefined) return true;
  if (party !== undefined) return party === provider.clientId || provider.audiences.includes(party);
  // An ID token for several audiences must say which of them asked for it.
  const several = Array.isArray(claims['aud']) && claims['aud'].length > 1;
  return !several || header.typ?.toLowerCase().endsWith('at+jwt') === true;
}

function reasonOf(error: errors.JOSEError): RejectionReason {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    switch (error.claim) {
      case 'aud':
        return 'wrong-audience';
      case 'iss':
        return 'unknown-issuer';
      case 'nbf':
        return error.reason === 'check_failed' ? 'not-yet-valid' : 'malformed';
      default:
        return 'malformed';
    }
  }
  if (error instanceof errors.JWTInvalid || error instanceof errors.JWSInvalid) return 'malformed';
  return 'bad-signature';
}

function rejected(reason: RejectionReason): VerifiedJwt {
  return { kind: 'rejected', reason };
}
