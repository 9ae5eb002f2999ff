import {
  allowInsecureRequests,
  type Configuration,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  None,
  type TokenEndpointResponse,
  type TokenEndpointResponseHelpers,
} from 'openid-client';
import { isLoopback } from '../identity/loopback.ts';
import { LoginError } from './login-error.ts';
import type { SignIn } from './token-file.ts';

/** Seconds for each request to the provider. */
const REQUEST_TIMEOUT_SECONDS = 15;

/** Who to sign in at, and as which client. */
export interface LoginProvider {
  readonly issuer: string;
  readonly clientId: string;
  /** Scopes separated by spaces. Default `openid profile offline_access`. */
  readonly scope?: string | undefined;
  /** Which token the gateway expects. Default `id-token`: access tokens are often opaque. */
  readonly tokenKind?: SignIn['tokenKind'] | undefined;
}

/** Scopes to ask for when the configuration names none: who it is, and a refresh token. */
export const DEFAULT_SCOPE = 'openid profile offline_access';

/**
 * Learns the provider's endpoints. ID tokens will be checked by their signature too, though they
 * come straight from the provider. Plain HTTP only on loopback.
 *
 * @param signal Ends every request made with the result.
 */
export function discoverProvider(
  { issuer, clientId }: Pick<LoginProvider, 'issuer' | 'clientId'>,
  signal: AbortSignal,
): Promise<Configuration> {
  const url = new URL(issuer);
  const plain = url.protocol === 'http:' && isLoopback(url);
  return discovery(url, clientId, undefined, None(), {
    execute: [enableNonRepudiationChecks, ...(plain ? [allowInsecureRequests] : [])],
    timeout: REQUEST_TIMEOUT_SECONDS,
    [customFetch]: (resource, { signal: own, body, ...options }) =>
      fetch(resource, {
        ...options,
        body: body ?? null,
        signal: own === undefined ? signal : AbortSignal.any([own, signal]),
      }),
  });
}

/**
 * What to keep of a token endpoint's answer.
 *
 * @param before The sign-in that was refreshed: a provider need not send a new refresh token.
 * @throws {LoginError} If the answer lacks the token that the gateway expects.
 */
export function readSignIn(
  provider: LoginProvider,
  tokens: TokenEndpointResponse & TokenEndpointResponseHelpers,
  nowMs: number,
  before?: SignIn,
): SignIn {
  const tokenKind = provider.tokenKind ?? 'id-token';
  const token = tokenKind === 'id-token' ? tokens.id_token : tokens.access_token;
  const expiresAtMs =
    tokenKind === 'id-token'
      ? (tokens.claims()?.exp ?? 0) * 1000
      : nowMs + (tokens.expiresIn() ?? 0) * 1000;
  if (token === undefined) {
    throw new LoginError('ERR_LOGIN_PROVIDER', `the provider sent no ${tokenKind}`);
  }
  return {
    issuer: provider.issuer,
    clientId: provider.clientId,
    scope: provider.scope ?? DEFAULT_SCOPE,
    token,
    tokenKind,
    expiresAtMs,
    refreshToken: tokens.refresh_token ?? before?.refreshToken,
  };
}
