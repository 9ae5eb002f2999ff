import {
  allowInsecureRequests,
  ClientSecretBasic,
  Configuration,
  clientCredentialsGrant,
  customFetch,
} from 'openid-client';
import { isLoopback } from './loopback.ts';
import { fetchFromProvider } from './provider-fetch.ts';

/** Whom the gateway asks for a token of its own, as whom, and for what. */
export interface ClientTokenRequest {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** With spaces between them; undefined: whatever the server gives. */
  readonly scope: string | undefined;
}

/** A token that the gateway shows to others. */
export interface ClientToken {
  readonly accessToken: string;
  /** Milliseconds from when it was asked for. */
  readonly lifetimeMs: number;
}

/** Of tokens whose server does not say: soon enough that a wrong guess costs one refused request. */
const LIFETIME_SECONDS_DEFAULT = 300;
const REQUEST_TIMEOUT_SECONDS = 10;

/**
 * Asks for a token by the grant for client credentials. Rejects if the server gives none of the type `Bearer`.
 *
 * @see RFC 6749, section 4.4
 */
export async function requestClientToken({
  tokenUrl,
  clientId,
  clientSecret,
  scope,
}: ClientTokenRequest): Promise<ClientToken> {
  const url = new URL(tokenUrl);
  const server = { issuer: url.origin, token_endpoint: tokenUrl };
  const configuration = new Configuration(
    server,
    clientId,
    undefined,
    ClientSecretBasic(clientSecret),
  );
  configuration.timeout = REQUEST_TIMEOUT_SECONDS;
  configuration[customFetch] = (address, options) => fetchFromProvider(address, options, undefined);
  if (url.protocol === 'http:' && isLoopback(url)) allowInsecureRequests(configuration);
  const parameters = scope === undefined ? {} : { scope };
  const { access_token: accessToken, expires_in: expiresIn } = await clientCredentialsGrant(
    configuration,
    parameters,
  );
  return { accessToken, lifetimeMs: (expiresIn ?? LIFETIME_SECONDS_DEFAULT) * 1000 };
}
