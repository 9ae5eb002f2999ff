import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client';

export type LoginErrorCode =
  /** The person or the provider said no. */
  | 'ERR_LOGIN_DECLINED'
  /** Nobody signed in before the time was over. */
  | 'ERR_LOGIN_TIMEOUT'
  /** The provider cannot be reached, or does not answer as it should. */
  | 'ERR_LOGIN_PROVIDER'
  /** There is no sign-in, or it is over: `sallyport login` is next. */
  | 'ERR_LOGIN_REQUIRED';

/** A sign-in that did not work. The message is for the terminal and holds no secrets. */
export class LoginError extends Error {
  override readonly name = 'LoginError';
  readonly code: LoginErrorCode;

  constructor(code: LoginErrorCode, reason: string, options?: ErrorOptions) {
    super(`Cannot sign in: ${reason}`, options);
    this.code = code;
  }
}

/** Says what a failure of openid-client means for the person at the terminal. */
export function toLoginError(error: unknown): LoginError {
  if (error instanceof LoginError) return error;
  const cause = { cause: error };
  if (error instanceof ResponseBodyError || error instanceof AuthorizationResponseError) {
    if (error.error === 'expired_token') {
      return new LoginError('ERR_LOGIN_TIMEOUT', 'the code has expired', cause);
    }
    const reason = `the provider answered ${formatForTerminal(error.error)}`;
    return new LoginError('ERR_LOGIN_DECLINED', reason, cause);
  }
  if (error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')) {
    return new LoginError('ERR_LOGIN_TIMEOUT', 'the time is over', cause);
  }
  if (error instanceof ClientError) {
    if (error.code === 'OAUTH_TIMEOUT' || error.code === 'OAUTH_ABORT') {
      return new LoginError('ERR_LOGIN_TIMEOUT', 'the time is over', cause);
    }
    return new LoginError('ERR_LOGIN_PROVIDER', `the provider's answer is not usable`, cause);
  }
  return new LoginError('ERR_LOGIN_PROVIDER', 'the provider cannot be reached', cause);
}

/** A provider's text without the characters by which it could command the terminal. */
export function formatForTerminal(text: string): string {
  return text.slice(0, 500).replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '\u{fffd}');
}
