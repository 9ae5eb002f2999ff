import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  calculatePKCECodeChallenge,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import { isLoopback } from './loopback.ts';
import { fetchFromProvider } from './provider-fetch.ts';

/** Where people sign in, and as which client we send them there. */
export interface OidcClient {
  readonly issuer: string;
  readonly clientId: string;
  /** Read anew each time; undefined for a public client, which has PKCE alone. */
  readonly clientSecret: (() => Promise<string>) | undefined;
  readonly scopes: readonly string[];
  /** PEM file; the system's authorities when absent. */
  readonly caFile: string | undefined;
}

/** What a sign-in that has begun has to come back with. A secret of the browser that began it. */
export interface OidcChallenge {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

/** Milliseconds that a provider's endpoints are believed. */
const DISCOVERED_MS = 600_000;
/** Seconds for each request to the provider. */
const REQUEST_TIMEOUT_SECONDS = 10;

/**
 * Signs people in with an OpenID provider: authorization code with PKCE, state and nonce.
 *
 * @see RFC 7636, RFC 9207, RFC 9700
 */
export class OidcSignIn {
  readonly #client: OidcClient;
  readonly #nowMs: () => number;
  #discovered: { readonly configuration: Configuration; readonly untilMs: number } | undefined;

  constructor(client: OidcClient, nowMs: () => number) {
    this.#client = client;
    this.#nowMs = nowMs;
  }

  /** Where to send the browser, and what it has to come back with. */
  async begin(
    redirectUri: string,
  ): Promise<{ readonly url: string; readonly challenge: OidcChallenge }> {
    const configuration = await this.#discover();
    const challenge: OidcChallenge = {
      state: randomState(),
      nonce: randomNonce(),
      codeVerifier: randomPKCECodeVerifier(),
    };
    const url = buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      // No refresh token: the sign-in has an end of its own.
      scope: this.#client.scopes.filter((scope) => scope !== 'offline_access').join(' '),
      code_challenge: await calculatePKCECodeChallenge(challenge.codeVerifier),
      code_challenge_method: 'S256',
      state: challenge.state,
      nonce: challenge.nonce,
    });
    return { url: url.href, challenge };
  }

  /**
   * The provider's ID token, for the authenticator to judge. Rejects if anything of the answer is not
   * what was asked for.
   *
   * @param url The redirect URI with what the provider added to it.
   */
  async finish(url: URL, { state, nonce, codeVerifier }: OidcChallenge): Promise<string> {
    const tokens = await authorizationCodeGrant(await this.#discover(), url, {
      pkceCodeVerifier: codeVerifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    });
    if (tokens.id_token !== undefined) return tokens.id_token;
    throw new Error('Cannot sign in: the provider sent no ID token');
  }

  /** Where the provider's own sign-in ends; undefined if it has no such place. */
  async findSignOutUrl(): Promise<string | undefined> {
    const configuration = await this.#discover();
    if (configuration.serverMetadata().end_session_endpoint === undefined) return undefined;
    return buildEndSessionUrl(configuration, {}).href;
  }

  async #discover(): Promise<Configuration> {
    const known = this.#discovered;
    if (known !== undefined && this.#nowMs() < known.untilMs) return known.configuration;
    const { issuer, clientId, clientSecret, caFile } = this.#client;
    const url = new URL(issuer);
    const plain = url.protocol === 'http:' && isLoopback(url);
    const secret = await clientSecret?.();
    const configuration = await discovery(url, clientId, secret, chooseAuthentication(secret), {
      execute: [enableNonRepudiationChecks, ...(plain ? [allowInsecureRequests] : [])],
      timeout: REQUEST_TIMEOUT_SECONDS,
      [customFetch]: (address, options) => fetchFromProvider(address, options, caFile),
    });
    this.#discovered = { configuration, untilMs: this.#nowMs() + DISCOVERED_MS };
    return configuration;
  }
}

/** By the way that the provider says it takes; the specification's default where it says nothing. */
function chooseAuthentication(secret: string | undefined) {
  if (secret === undefined) return None();
  const basic = ClientSecretBasic(secret);
  const post = ClientSecretPost(secret);
  return (...[server, ...rest]: Parameters<typeof basic>): void => {
    const methods = server.token_endpoint_auth_methods_supported;
    const takesBasic = methods === undefined || methods.includes('client_secret_basic');
    (takesBasic ? basic : post)(server, ...rest);
  };
}
