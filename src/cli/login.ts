import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  initiateDeviceAuthorization,
  pollDeviceAuthorizationGrant,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import { untilAborted } from '../identity/until-aborted.ts';
import { formatForTerminal, LoginError, toLoginError } from './login-error.ts';
import {
  DEFAULT_SCOPE,
  discoverProvider,
  type LoginProvider,
  readSignIn,
} from './login-provider.ts';
import { RedirectListener } from './login-redirect.ts';
import { changeSignIn, type SignIn } from './token-file.ts';

/** Milliseconds that a person has to sign in with a browser. */
const BROWSER_TIMEOUT_MS = 5 * 60_000;
/** Milliseconds that a person has to sign in by a code, unless the provider gives less. */
const DEVICE_TIMEOUT_MS = 15 * 60_000;

/** What to sign in to, and where to keep it. */
export interface LoginOptions extends LoginProvider {
  readonly gatewayUrl: string;
  /** Path of the file with sign-ins, usually `$XDG_CONFIG_HOME/sallyport/tokens.json`. */
  readonly tokenFile: string;
}

/** What a sign-in needs of the terminal it runs in. */
export interface LoginIo {
  /** Shows one line. */
  say(line: string): void;
  /** Opens a browser; false where there is none. */
  openBrowser(url: string): Promise<boolean>;
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
}

/**
 * Signs in by a code that the person confirms on any device (RFC 8628), and keeps the tokens.
 *
 * @throws {LoginError} If the person declines, the time is over, or the provider fails;
 *   the signal's reason, when it aborts.
 * @throws {TokenFileError} If the tokens cannot be kept safely.
 */
export async function loginWithDevice(
  options: LoginOptions,
  io: LoginIo,
  signal: AbortSignal,
): Promise<SignIn> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(DEVICE_TIMEOUT_MS)]);
  const signIn = await translateErrors(signal, async () => {
    const provider = await discoverProvider(options, deadline);
    if (provider.serverMetadata().device_authorization_endpoint === undefined) {
      throw new LoginError('ERR_LOGIN_PROVIDER', 'the provider offers no sign-in by code');
    }
    const scope = options.scope ?? DEFAULT_SCOPE;
    const device = await initiateDeviceAuthorization(provider, { scope });
    const url = checkWebUrl(device.verification_uri_complete ?? device.verification_uri);
    io.say('To sign in, open this page on any device:');
    io.say(`  ${url}`);
    io.say(`and check that it shows this code: ${formatForTerminal(device.user_code)}`);
    // The library would first finish its pause.
    const polling = pollDeviceAuthorizationGrant(provider, device, undefined, {
      signal: deadline,
    });
    const tokens = await untilAborted(polling, deadline);
    return readSignIn(options, tokens, io.nowMs());
  });
  return keep(options, signIn, signal);
}

/**
 * Signs in with this machine's browser (authorization code with PKCE), and keeps the tokens.
 *
 * @throws {LoginError} If the person declines, the time is over, or the provider fails;
 *   the signal's reason, when it aborts.
 * @throws {TokenFileError} If the tokens cannot be kept safely.
 * @see RFC 8252 (native apps), RFC 7636 (PKCE), RFC 9207 (issuer identification)
 */
export async function loginWithBrowser(
  options: LoginOptions,
  io: LoginIo,
  signal: AbortSignal,
): Promise<SignIn> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(BROWSER_TIMEOUT_MS)]);
  const signIn = await translateErrors(signal, async () => {
    const provider = await discoverProvider(options, deadline);
    const pkceCodeVerifier = randomPKCECodeVerifier();
    const expectedState = randomState();
    const expectedNonce = randomNonce();
    await using listener = await RedirectListener.start(expectedState);
    const url = buildAuthorizationUrl(provider, {
      redirect_uri: listener.redirectUri,
      scope: options.scope ?? DEFAULT_SCOPE,
      code_challenge: await calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: expectedState,
      nonce: expectedNonce,
    });
    const opened = await io.openBrowser(checkWebUrl(url.href));
    io.say(opened ? 'Sign in with the browser that just opened, or at' : 'To sign in, open');
    io.say(`  ${url.href}`);

    const redirect = await untilAborted(listener.redirect, deadline);
    try {
      const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true };
      const tokens = await authorizationCodeGrant(provider, redirect.url, checks);
      const signedIn = readSignIn(options, tokens, io.nowMs());
      redirect.answer('signed-in');
      return signedIn;
    } catch (error) {
      redirect.answer('failed');
      throw error;
    }
  });
  return keep(options, signIn, signal);
}

async function keep(options: LoginOptions, signIn: SignIn, signal: AbortSignal): Promise<SignIn> {
  await changeSignIn(options.tokenFile, options.gatewayUrl, async () => signIn, signal);
  return signIn;
}

async function translateErrors<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // The person gave up in the terminal: that needs no explanation.
    signal.throwIfAborted();
    throw toLoginError(error);
  }
}

/** A provider must not make us open a local file or start a program. */
function checkWebUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw new LoginError('ERR_LOGIN_PROVIDER', 'the page to sign in at is not a web address');
  }
  return url.href;
}
