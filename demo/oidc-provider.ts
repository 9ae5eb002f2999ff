import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type KoaContextWithOIDC, Provider } from 'oidc-provider';
import {
  configureOidcProvider,
  PEOPLE_AUDIENCE,
  personClaims,
  WORKLOAD_AUDIENCE,
} from './oidc-configuration.ts';
import { createSigningKey, type SigningKey, signJwt } from './oidc-keys.ts';
import { OidcMemory } from './oidc-memory-adapter.ts';
import { formatNotice, formatSignInPage } from './oidc-pages.ts';
import { DEMO_PEOPLE, DEMO_WORKLOADS, type DemoPerson, type DemoWorkload } from './oidc-people.ts';

/** Options of {@link startOidcProvider}. */
export interface OidcProviderOptions {
  /** That it listens at; its issuer is 127.0.0.1 all the same. Default: 127.0.0.1. */
  readonly address?: string;
  /** Default: any free one. */
  readonly port?: number;
  /** Default {@link DEMO_PEOPLE}. */
  readonly people?: readonly DemoPerson[];
  /** Default {@link DEMO_WORKLOADS}. */
  readonly workloads?: readonly DemoWorkload[];
  /** Seconds that ID and access tokens live. Default one hour. */
  readonly tokenLifetimeSeconds?: number;
}

/** Options of {@link OidcProvider.issueToken}. */
export interface IssueTokenOptions {
  /** Default {@link PEOPLE_AUDIENCE}, for workloads {@link WORKLOAD_AUDIENCE}. */
  readonly audience?: string | readonly string[];
  /** Default 3600. Negative for a token that has expired. */
  readonly expiresInSeconds?: number;
  /** Added to, or instead of, the claims of the person or workload. `undefined` removes one. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
}

/** A running demo provider. */
export interface OidcProvider extends AsyncDisposable {
  readonly issuer: string;
  /** Signs a token without any sign-in: for a person, a workload, or any other subject. */
  issueToken(subject: string, options?: IssueTokenOptions): string;
  /** Lets people sign in to the console at these origins, and at no others. */
  allowConsole(origins: readonly string[]): void;
  /** Signs with a new key from now on. The old one stays published unless `withdrawOld`. */
  rotateKeys(options?: { readonly withdrawOld?: boolean }): void;
  stop(): Promise<void>;
}

/**
 * Starts an OpenID provider for demos and tests, on loopback.
 *
 * **NEVER FOR PRODUCTION.** Everybody who reaches it becomes whoever they click on, without a
 * password; it issues any token it is asked for; its secrets are in this repository; it forgets
 * everything when it stops.
 */
export async function startOidcProvider(options: OidcProviderOptions = {}): Promise<OidcProvider> {
  const people = options.people ?? DEMO_PEOPLE;
  const workloads = options.workloads ?? DEMO_WORKLOADS;
  const memory = new OidcMemory();
  let keys: readonly [SigningKey, ...SigningKey[]] = [createSigningKey()];
  let consoleOrigins: readonly string[] = [];

  const server = createServer();
  server.listen(options.port ?? 0, options.address ?? '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  // Keys and clients are fixed when a Provider is made: others mean a new one over the same memory.
  const createProvider = (): Provider => {
    const tokenLifetimeSeconds = options.tokenLifetimeSeconds ?? 3600;
    const parts = { people, workloads, memory, keys, tokenLifetimeSeconds, consoleOrigins };
    const created = new Provider(issuer, configureOidcProvider(parts));
    created.use(shortenDevicePolling);
    return created;
  };
  let provider = createProvider();
  server.on('request', (request, response) => {
    serve({ provider, issuer, people }, request, response).catch((error: unknown) => {
      response.writeHead(400, { 'content-type': 'text/html' });
      response.end(formatNotice('This did not work', String(error)));
    });
  });

  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return {
    issuer,
    issueToken: (subject, { audience, expiresInSeconds, claims, header } = {}) => {
      const nowSeconds = Math.floor(Date.now() / 1000);
      const person = people.find((one) => one.subject === subject);
      const workload = workloads.find((one) => one.clientId === subject);
      return signJwt(keys[0], header ?? {}, {
        iss: issuer,
        sub: subject,
        aud: audience ?? (workload === undefined ? PEOPLE_AUDIENCE : WORKLOAD_AUDIENCE),
        iat: nowSeconds,
        exp: nowSeconds + (expiresInSeconds ?? 3600),
        ...(person === undefined ? workload?.claims : personClaims(person)),
        ...claims,
      });
    },
    allowConsole: (origins) => {
      consoleOrigins = origins;
      provider = createProvider();
    },
    rotateKeys: ({ withdrawOld = false } = {}) => {
      keys = withdrawOld ? [createSigningKey()] : [createSigningKey(), ...keys];
      provider = createProvider();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Lets a terminal ask every second; by RFC 8628 section 3.2 it would wait five. */
async function shortenDevicePolling(
  context: KoaContextWithOIDC,
  next: () => Promise<void>,
): Promise<void> {
  await next();
  const body: unknown = context.body;
  if (context.oidc?.route !== 'device_authorization') return;
  if (typeof body === 'object' && body !== null && 'device_code' in body) {
    Object.assign(body, { interval: 1 });
  }
}

interface Serving {
  readonly provider: Provider;
  readonly issuer: string;
  readonly people: readonly DemoPerson[];
}

async function serve(
  { provider, issuer, people }: Serving,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // A web page elsewhere could point its own name here (DNS rebinding) and sign in as anybody.
  if (request.headers.host !== new URL(issuer).host) {
    response.writeHead(421).end();
    return;
  }
  if (request.url?.startsWith('/interaction/') !== true) {
    await provider.callback()(request, response);
    return;
  }
  if (request.method !== 'POST') {
    await provider.interactionDetails(request, response);
    response.writeHead(200, { 'content-type': 'text/html', 'cache-control': 'no-store' });
    response.end(formatSignInPage(request.url, people));
    return;
  }
  const accountId = new URLSearchParams(await text(request)).get('subject') ?? '';
  if (!people.some(({ subject }) => subject === accountId)) throw new Error('nobody of that name');
  await provider.interactionFinished(request, response, { login: { accountId, remember: false } });
}
