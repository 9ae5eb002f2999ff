import { ResponseBodyError, refreshTokenGrant, tokenRevocation } from 'openid-client';
import { LoginError, toLoginError } from './login-error.ts';
import { discoverProvider, readSignIn } from './login-provider.ts';
import { changeSignIn, findSignIn, type SignIn } from './token-file.ts';

/** Milliseconds a token must still live to be handed out: connecting takes a moment. */
const LIFETIME_LEFT_MIN_MS = 60_000;

/** Whose sign-in to look at. */
export interface SessionOptions {
  readonly gatewayUrl: string;
  /** Path of the file with sign-ins. */
  readonly tokenFile: string;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: () => number;
}

/**
 * The token to present to a gateway, refreshed when it is about to expire.
 *
 * @throws {LoginError} `ERR_LOGIN_REQUIRED` when signing in again is the only way;
 *   `ERR_LOGIN_PROVIDER` when the provider cannot be asked, and trying later may help.
 * @throws {TokenFileError} If the file with sign-ins cannot be used.
 */
export async function freshToken(options: SessionOptions, signal: AbortSignal): Promise<string> {
  const { gatewayUrl, tokenFile, nowMs } = options;
  const isFresh = (one: SignIn): boolean => one.expiresAtMs - nowMs() >= LIFETIME_LEFT_MIN_MS;

  const kept = await findSignIn(tokenFile, gatewayUrl);
  if (kept === undefined) throw loginRequired('you are not signed in');
  if (isFresh(kept)) return kept.token;

  let ended: LoginError | undefined;
  const refreshed = await changeSignIn(
    tokenFile,
    gatewayUrl,
    async (before) => {
      // Another command may have refreshed it, or signed out, while we waited for the file.
      if (before === undefined || isFresh(before)) return before;
      try {
        return await refresh(before, nowMs, signal);
      } catch (error) {
        if (!(error instanceof LoginError) || error.code !== 'ERR_LOGIN_REQUIRED') throw error;
        // The refresh token is used up, withdrawn or stolen: trying it again cannot help.
        ended = error;
        return undefined;
      }
    },
    signal,
  );
  if (refreshed === undefined) throw ended ?? loginRequired('you are not signed in');
  return refreshed.token;
}

/**
 * Forgets the sign-in for a gateway, and asks the provider to withdraw its refresh token.
 *
 * @returns Whether there was a sign-in, and whether the provider knows that it is over.
 * @throws {TokenFileError} If the file with sign-ins cannot be used.
 */
export async function logout(
  options: SessionOptions,
  signal: AbortSignal,
): Promise<'not-signed-in' | 'withdrawn' | 'forgotten'> {
  let before: SignIn | undefined;
  await changeSignIn(
    options.tokenFile,
    options.gatewayUrl,
    async (signIn) => {
      before = signIn;
      return undefined;
    },
    signal,
  );
  if (before === undefined) return 'not-signed-in';
  if (before.refreshToken === undefined) return 'forgotten';
  try {
    const provider = await discoverProvider(before, signal);
    if (provider.serverMetadata().revocation_endpoint === undefined) return 'forgotten';
    await tokenRevocation(provider, before.refreshToken, { token_type_hint: 'refresh_token' });
    return 'withdrawn';
  } catch {
    // The tokens are gone from this machine, which is what was asked for; the answer says the rest.
    return 'forgotten';
  }
}

async function refresh(before: SignIn, nowMs: () => number, signal: AbortSignal): Promise<SignIn> {
  if (before.refreshToken === undefined) throw loginRequired('your sign-in has expired');
  try {
    const provider = await discoverProvider(before, signal);
    const tokens = await refreshTokenGrant(provider, before.refreshToken);
    return readSignIn(before, tokens, nowMs(), before);
  } catch (error) {
    if (error instanceof ResponseBodyError && error.error === 'invalid_grant') {
      throw loginRequired('your sign-in is over', { cause: error });
    }
    throw toLoginError(error);
  }
}

function loginRequired(reason: string, options?: ErrorOptions): LoginError {
  return new LoginError('ERR_LOGIN_REQUIRED', `${reason}; run sallyport login`, options);
}
