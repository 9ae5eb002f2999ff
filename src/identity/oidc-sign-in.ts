import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  calculatePKCECodeChallenge,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import { type OidcClient, OidcEndpoints } from './oidc-client.ts';

/** What a sign-in that has begun has to come back with. A secret of the browser that began it. */
export interface OidcChallenge {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

/**
 * Signs people in with an OpenID provider: authorization code with PKCE, state and nonce.
 *
 * @see RFC 7636, RFC 9207, RFC 9700
 */
export class OidcSignIn {
  readonly #client: OidcClient;
  readonly #endpoints: OidcEndpoints;

  constructor(client: OidcClient, nowMs: () => number) {
    this.#client = client;
    this.#endpoints = new OidcEndpoints(client, nowMs);
  }

  /** Where to send the browser, and what it has to come back with. */
  async begin(
    redirectUri: string,
  ): Promise<{ readonly url: string; readonly challenge: OidcChallenge }> {
    const configuration = await this.#endpoints.discover();
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
    const tokens = await authorizationCodeGrant(await this.#endpoints.discover(), url, {
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
    const configuration = await this.#endpoints.discover();
    if (configuration.serverMetadata().end_session_endpoint === undefined) return undefined;
    return buildEndSessionUrl(configuration, {}).href;
  }
}
