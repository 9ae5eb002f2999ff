import type { Authenticator, RejectionReason } from './authenticator.ts';
import { createSallyportToken, createTokenId, hashToken } from './sallyport-token.ts';
import type { TokenRecord, TokenStore } from './token-store.ts';

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const SUBJECT_TOKEN_TYPES: ReadonlySet<string> = new Set([
  ACCESS_TOKEN,
  'urn:ietf:params:oauth:token-type:id_token',
  'urn:ietf:params:oauth:token-type:jwt',
]);

/** Parameters we act on. Others are ignored, as RFC 6749 section 3.2 wants, but for those below. */
const PARAMETERS = [
  'grant_type',
  'subject_token',
  'subject_token_type',
  'requested_token_type',
  'requested_lifetime',
] as const;

/** Parameters that would change what is issued. Ignoring one would issue more than was asked for. */
const UNSUPPORTED = ['actor_token', 'actor_token_type', 'scope', 'resource', 'audience'] as const;

/** What {@link exchangeToken} works with. */
export interface TokenExchange {
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  readonly tokens: TokenStore;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: () => number;
  /** Seconds a token lives when the request asks for nothing else, and at most. */
  readonly lifetimeSecondsMax: number;
  /**
   * Whether a token may outlive the one it was exchanged for. Default false: else a stolen token
   * that is about to expire would buy more time.
   */
  readonly mayOutliveSubjectToken?: boolean;
  /** Puts the issue into the ledger. The token is not issued when this rejects. */
  readonly seal: (record: TokenRecord) => Promise<void>;
}

/** Answer of a token endpoint: what RFC 8693 section 2.2.1 sends, or an error of RFC 6749 section 5.2. */
export type TokenExchangeAnswer =
  | { readonly kind: 'issued'; readonly record: TokenRecord; readonly body: IssuedTokenBody }
  | TokenExchangeRefusal;

export interface TokenExchangeRefusal {
  readonly kind: 'refused';
  /** HTTP status. */
  readonly status: 400 | 503;
  /** Why the subject token was turned away, for the ledger only. */
  readonly reason?: RejectionReason;
  readonly body: { readonly error: TokenErrorCode; readonly error_description: string };
}

export interface IssuedTokenBody {
  readonly access_token: string;
  readonly issued_token_type: typeof ACCESS_TOKEN;
  readonly token_type: 'Bearer';
  /** Seconds. */
  readonly expires_in: number;
}

export type TokenErrorCode =
  | 'invalid_request'
  | 'unsupported_grant_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'temporarily_unavailable';

/**
 * Issues a short Sallyport token for a token of an identity provider (RFC 8693).
 *
 * `requested_lifetime` (seconds, our extension) shortens the token's life, and cannot lengthen it.
 * A Sallyport token cannot be exchanged for another: it could be renewed for ever.
 *
 * @param request The form that was sent.
 * @throws What the store or the ledger throws: then nothing was issued.
 */
export async function exchangeToken(
  request: URLSearchParams,
  exchange: TokenExchange,
  signal: AbortSignal,
): Promise<TokenExchangeAnswer> {
  const problem = findRequestProblem(request);
  if (problem !== undefined) return problem;

  const subjectToken = request.get('subject_token') ?? '';
  const result = await exchange.authenticator.authenticate(subjectToken, signal);
  if (result.kind === 'rejected') return refuseSubjectToken(result.reason);
  const { signIn, expiresAtMs: subjectExpiresAtMs, ...principal } = result.principal;
  if (signIn === 'sallyport-token') {
    return refused('invalid_request', 'a Sallyport token cannot be exchanged again');
  }

  const issuedAtMs = exchange.nowMs();
  const lifetimeSeconds = Math.floor(
    Math.min(
      exchange.lifetimeSecondsMax,
      Number(request.get('requested_lifetime') ?? Number.POSITIVE_INFINITY),
      exchange.mayOutliveSubjectToken === true
        ? Number.POSITIVE_INFINITY
        : (subjectExpiresAtMs - issuedAtMs) / 1000,
    ),
  );
  if (lifetimeSeconds < 1) return refuseSubjectToken('expired');

  const token = createSallyportToken();
  const record: TokenRecord = {
    id: createTokenId(),
    kind: 'bearer',
    hash: hashToken(token),
    principal,
    issuedAtMs,
    expiresAtMs: issuedAtMs + lifetimeSeconds * 1000,
  };
  await exchange.seal(record);
  await exchange.tokens.insert(record);
  return {
    kind: 'issued',
    record,
    body: {
      access_token: token,
      issued_token_type: ACCESS_TOKEN,
      token_type: 'Bearer',
      expires_in: lifetimeSeconds,
    },
  };
}

function findRequestProblem(request: URLSearchParams): TokenExchangeRefusal | undefined {
  for (const name of [...PARAMETERS, ...UNSUPPORTED]) {
    if (request.getAll(name).length > 1) return refused('invalid_request', `${name} is repeated`);
  }
  if (request.get('grant_type') !== GRANT_TYPE) {
    return refused('unsupported_grant_type', `grant_type must be ${GRANT_TYPE}`);
  }
  for (const name of UNSUPPORTED) {
    // A parameter without a value counts as absent (RFC 6749 section 3.2).
    if ((request.get(name) ?? '') === '') continue;
    if (name === 'scope') return refused('invalid_scope', 'tokens have no scopes');
    if (name === 'resource' || name === 'audience') {
      return refused('invalid_target', `${name} cannot be chosen`);
    }
    return refused('invalid_request', `${name} is not supported`);
  }
  if ((request.get('subject_token') ?? '') === '') {
    return refused('invalid_request', 'subject_token is missing');
  }
  if (!SUBJECT_TOKEN_TYPES.has(request.get('subject_token_type') ?? '')) {
    return refused('invalid_request', 'subject_token_type must be access_token, id_token or jwt');
  }
  if ((request.get('requested_token_type') ?? ACCESS_TOKEN) !== ACCESS_TOKEN) {
    return refused('invalid_request', `requested_token_type must be ${ACCESS_TOKEN}`);
  }
  if (!/^[1-9]\d{0,8}$/.test(request.get('requested_lifetime') ?? '1')) {
    return refused('invalid_request', 'requested_lifetime must be a number of seconds');
  }
  return undefined;
}

/** Says no more than the client knows anyway; the reason goes to the ledger. RFC 8693 section 2.2.2 */
function refuseSubjectToken(reason: RejectionReason): TokenExchangeRefusal {
  const passing = reason === 'provider-unreachable' || reason === 'token-store-unreachable';
  const answer = passing
    ? refused('temporarily_unavailable', 'the token cannot be checked now')
    : refused('invalid_request', 'the subject token is not accepted');
  return { ...answer, reason };
}

function refused(error: TokenErrorCode, description: string): TokenExchangeRefusal {
  return {
    kind: 'refused',
    status: error === 'temporarily_unavailable' ? 503 : 400,
    body: { error, error_description: description },
  };
}
