import {
  allowInsecureRequests,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  None,
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

/** Milliseconds that a provider's endpoints are believed. */
const DISCOVERED_MS = 600_000;
/** Seconds for each request to the provider. */
const REQUEST_TIMEOUT_SECONDS = 10;

/** Where a provider answers what, found out by itself. */
export class OidcEndpoints {
  readonly #client: OidcClient;
  readonly #nowMs: () => number;
  #discovered: { readonly configuration: Configuration; readonly atMs: number } | undefined;

  constructor(client: OidcClient, nowMs: () => number) {
    this.#client = client;
    this.#nowMs = nowMs;
  }

  /** Rejects if the provider cannot be asked. */
  async discover(): Promise<Configuration> {
    const known = this.#discovered;
    // Clocks may be set back.
    const isFresh = known !== undefined && Math.abs(this.#nowMs() - known.atMs) < DISCOVERED_MS;
    if (isFresh) return known.configuration;
    const { issuer, clientId, clientSecret, caFile } = this.#client;
    const url = new URL(issuer);
    const plain = url.protocol === 'http:' && isLoopback(url);
    const secret = await clientSecret?.();
    const configuration = await discovery(url, clientId, secret, chooseAuthentication(secret), {
      execute: [enableNonRepudiationChecks, ...(plain ? [allowInsecureRequests] : [])],
      timeout: REQUEST_TIMEOUT_SECONDS,
      [customFetch]: (address, options) => fetchFromProvider(address, options, caFile),
    });
    this.#discovered = { configuration, atMs: this.#nowMs() };
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
