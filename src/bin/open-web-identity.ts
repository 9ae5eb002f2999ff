import { isLoopback } from '../configuration/fields.ts';
import type { Configuration } from '../configuration/load-configuration.ts';
import { type ClientAuthority, ClientCertificates } from '../gateway/client-certificates.ts';
import { BrowserSignIns } from '../identity/browser-sign-ins.ts';
import { CallerTokens } from '../identity/caller-tokens.ts';
import { sealSignIns } from '../identity/sealed-sign-ins.ts';
import { SiteSignIns } from '../identity/site-sign-ins.ts';
import { SiteDirectory } from '../targets/site-directory.ts';
import { isWeb, type Target } from '../targets/target.ts';
import type { Services } from './open-services.ts';
import type { ListenAddress } from './process-message.ts';

/** How browsers and programs sign in beside tokens, and how targets are told of them. */
export interface WebIdentity {
  readonly browserSignIns: BrowserSignIns;
  readonly siteSignIns: SiteSignIns;
  readonly clientCertificates: ClientCertificates;
  readonly callerTokens: CallerTokens;
}

/** Opens what listeners of HTTP and the control plane share of this. @param configuration That of the moment. */
export function openWebIdentity(
  configuration: () => Configuration,
  services: Pick<Services, 'store' | 'maskingKey' | 'disabled'>,
): WebIdentity {
  const { store, maskingKey: masterKey } = services;
  const browserSignIns = new BrowserSignIns({
    store: sealSignIns(store.signIns, masterKey),
    nowMs: Date.now,
    limits: () => configuration().identity.browserSignIns,
    isDisabled: (id) => services.disabled.has(id),
    isTrusted: (provider) => isTrustedProvider(configuration(), provider),
  });
  const once = store.onceOnly;
  return {
    browserSignIns,
    siteSignIns: new SiteSignIns({ masterKey, signIns: browserSignIns, once, nowMs: Date.now }),
    clientCertificates: new ClientCertificates(listAuthorities(configuration())),
    callerTokens: new CallerTokens({
      masterKey,
      issuer: () => findConsoleOrigin(configuration()) ?? configuration().gateway.name,
      nowMs: Date.now,
    }),
  };
}

/** The authorities of client certificates, with their certificates. */
export function listAuthorities({
  identity,
  documents,
}: Configuration): readonly ClientAuthority[] {
  return identity.certificates.map((settings) => ({
    settings,
    certificatesPem: documents.get(settings.caFile)?.toString('latin1') ?? '',
  }));
}

/** Where the console says it is; links lead there, and requests that change something come from there. */
export function readConsoleOrigin({
  reviews: { consoleUrl },
}: Pick<Configuration, 'reviews'>): string | undefined {
  return consoleUrl === undefined ? undefined : new URL(consoleUrl).origin;
}

/** Where people sign in to the console. Undefined where that is not said, and cannot be guessed. */
export function findConsoleOrigin(configuration: Configuration): string | undefined {
  const said = readConsoleOrigin(configuration);
  if (said !== undefined) return said;
  const { api } = configuration.listeners;
  if (api === undefined || !isLoopback(api.address) || api.address.port === 0) return undefined;
  return `https://localhost:${api.address.port}`;
}

/**
 * The target that browsers reach at a host of its own.
 *
 * @param authority Host, and port unless it is that of HTTPS.
 */
export function findSite(
  { targets, http }: Configuration,
  listeners: readonly ListenAddress[],
  authority: string,
): string | undefined {
  const [host = '', port = '443'] = authority.split(':');
  const isServed = [443, http.port, ...listeners.map((one) => one.port)].includes(Number(port));
  // Hosts that targets share have no browser sign-in, and the path of none.
  return isServed ? new SiteDirectory(targets, http).find(host, '/')?.target.name : undefined;
}

/** Where clients reach a target by HTTP. Undefined for other targets, and where nobody listens for it. */
export function siteUrl(
  { listeners, http }: Configuration,
  addresses: readonly ListenAddress[],
  target: Target,
): string | undefined {
  if (!isWeb(target)) return undefined;
  const index = listeners.http.findIndex(
    (one) => one.target === undefined || one.target === target.name,
  );
  const [listener, address] = [listeners.http[index], addresses[index]];
  if (listener === undefined || address === undefined) return undefined;
  const scheme = listener.tls.mode === 'disabled' ? 'http' : 'https';
  const host = target.hosts[0] ?? `${target.name}.${http.suffix}`;
  const port = listener.target === undefined ? (http.port ?? address.port) : address.port;
  return new URL(`${scheme}://${host}:${port}`).origin;
}

function isTrustedProvider({ identity }: Configuration, provider: string): boolean {
  const { providers, saml } = identity;
  return [...providers, ...saml].some(({ name }) => name === provider);
}
