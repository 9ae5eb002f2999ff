import { hash, X509Certificate } from 'node:crypto';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { ClientConfiguration } from '../../api/client-configuration.ts';
import { tokenAnswerSchema } from '../../api/token.ts';
import { type Whoami, whoamiSchema } from '../../api/whoami.ts';
import { parseDuration } from '../../configuration/quantity.ts';
import { askGateway } from '../ask-gateway.ts';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliHost, GatewayOption, JsonOption } from '../command-context.ts';
import { UntrustedCertificateError } from '../gateway-request.ts';
import {
  findKnownGateway,
  getKnownGateway,
  type KnownGateway,
  parseGatewayUrl,
  rememberGateway,
  tokenFilePath,
} from '../gateway-settings.ts';
import { loginWithBrowser, loginWithDevice } from '../login.ts';
import { openBrowser } from '../login-open-browser.ts';
import { logout } from '../login-session.ts';
import { readNamedText } from '../read-named-file.ts';
import { SignedInGateway } from '../signed-in-gateway.ts';
import { escapeLine } from '../terminal-text.ts';

export interface LoginCommandOptions extends GatewayOption {
  readonly device?: boolean;
  readonly browser?: boolean;
  /** PEM file. */
  readonly ca?: string;
  /** Fingerprint of the authority, hex, colons allowed. */
  readonly caSha256?: string;
  /** Has `~/.ssh/config` include what is written for SSH. */
  readonly sshConfig?: boolean;
}

export interface TokenOptions extends GatewayOption, JsonOption {
  /** A duration. */
  readonly lifetime?: string;
}

/** `sallyport login` */
export async function runLogin(host: CliHost, options: LoginCommandOptions): Promise<void> {
  const { environment, terminal, signal, nowMs } = host;
  const gateway = await learnGateway(host, options);
  const { signIn } = gateway.configuration;
  if (signIn === undefined) {
    throw new CliError(
      EXIT.failure,
      `${gateway.url} has no identity provider for people`,
      'Whoever keeps sallyport.yaml can add one to identity.providers; jobs present their own token in SALLYPORT_TOKEN.',
    );
  }
  const { issuer, clientId, scopes, ca } = signIn;
  // The provider is asked by libraries that take no authority of their own.
  if (ca !== undefined) setDefaultCACertificates([...getCACertificates('default'), ca]);
  const login =
    options.device === true || !canOpenBrowser(host, options) ? loginWithDevice : loginWithBrowser;
  await login(
    {
      gatewayUrl: gateway.url,
      issuer,
      clientId,
      scope: scopes.join(' '),
      tokenFile: tokenFilePath(environment),
    },
    {
      say: (line) => terminal.say(line),
      openBrowser: (url) => openBrowser(url, process.platform, true),
      nowMs,
    },
    signal,
  );
  await rememberGateway(environment, gateway);
  const who = await new SignedInGateway(host, gateway).get(whoamiSchema, { path: '/v1/whoami' });
  terminal.say(`Signed in to ${gateway.url} as ${escapeLine(who.name)}.`);
  const { ssh } = gateway.configuration;
  if (ssh !== undefined) {
    const { prepareSsh } = await import('./ssh-config.ts');
    await prepareSsh(host, gateway, { ssh, add: options.sshConfig === true });
  }
  terminal.say('Next: sallyport targets');
}

/** Without a display, or by SSH, a browser would open where nobody sees it. */
function canOpenBrowser({ environment }: CliHost, { browser }: LoginCommandOptions): boolean {
  if (browser === true) return true;
  if (environment['SSH_CONNECTION'] !== undefined) return false;
  const hasDisplay = environment['DISPLAY'] ?? environment['WAYLAND_DISPLAY'];
  return process.platform === 'darwin' || hasDisplay !== undefined;
}

/** Fetches what a gateway says of itself, over a connection that is trusted for a reason. */
async function learnGateway(host: CliHost, options: LoginCommandOptions): Promise<KnownGateway> {
  const { environment, signal } = host;
  const named = options.gateway ?? environment['SALLYPORT_GATEWAY'];
  const known = await findKnownGateway(environment, options.gateway);
  const url = named === undefined ? known?.url : parseGatewayUrl(named);
  if (url === undefined) {
    throw new CliError(
      EXIT.usage,
      'Which gateway to sign in to is not known',
      'Example: sallyport login --gateway https://gateway.example.org:8443',
    );
  }
  const given = options.ca === undefined ? known?.ca : await readAuthority(options.ca);
  try {
    if (options.caSha256 === undefined) return await askGateway({ url, ca: given, signal });
  } catch (error) {
    if (!(error instanceof UntrustedCertificateError) || !host.terminal.interactive) throw error;
  }
  const unverified = await askGateway({ url, signal, verifyCertificate: false });
  const ca = await chooseAuthority(host, unverified.configuration, options);
  // Asked again: what the first answer said was believed by nobody but for its authority.
  return askGateway({ url, ca, signal });
}

/** @throws {CliError} If there is no certificate in the file. */
async function readAuthority(file: string): Promise<string> {
  const text = await readNamedText(file);
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new CliError(
    EXIT.failure,
    `There is no certificate in ${file}`,
    'It must be the PEM file of the authority: -----BEGIN CERTIFICATE-----.',
  );
}

async function chooseAuthority(
  { ask }: CliHost,
  { tls }: ClientConfiguration,
  { caSha256 }: LoginCommandOptions,
): Promise<string> {
  if (tls.ca === undefined) {
    throw new CliError(
      EXIT.unreachable,
      'The gateway does not say which authority signed its certificate',
      'Pass the authority as a file: --ca FILE',
    );
  }
  const fingerprint = hash('sha256', new X509Certificate(tls.ca).raw, 'hex');
  if (caSha256 !== undefined) {
    if (caSha256.replaceAll(':', '').toLowerCase() === fingerprint) return tls.ca;
    throw new CliError(
      EXIT.unreachable,
      `The gateway's authority has another fingerprint: ${fingerprint}`,
      'Ask whoever runs the gateway. Somebody may be in between.',
    );
  }
  const answer = await ask(
    `This gateway has a certificate of its own making. SHA-256 of its authority:\n  ${fingerprint}\n` +
      'Compare it with what whoever runs the gateway says. Trust it? (yes/no) ',
  );
  if (answer.trim() === 'yes') return tls.ca;
  throw new CliError(EXIT.failure, 'Not signed in: the certificate was not trusted');
}

/** `sallyport logout` */
export async function runLogout(host: CliHost, { gateway }: GatewayOption): Promise<void> {
  const { environment, terminal, nowMs, signal } = host;
  const known = await getKnownGateway(environment, gateway);
  const { url: gatewayUrl } = known;
  const tokenFile = tokenFilePath(environment);
  const { removeSshAccess } = await import('../ssh-access.ts');
  await removeSshAccess(host, known);
  switch (await logout({ gatewayUrl, tokenFile, nowMs }, signal)) {
    case 'not-signed-in':
      terminal.say(`You were not signed in to ${gatewayUrl}.`);
      break;
    case 'withdrawn':
      terminal.say(`Signed out of ${gatewayUrl}.`);
      break;
    case 'forgotten':
      terminal.say(`Signed out of ${gatewayUrl} here; the identity provider could not be told.`);
      break;
  }
}

/** `sallyport whoami` */
export async function runWhoami(
  host: CliHost,
  { gateway, json }: GatewayOption & JsonOption,
): Promise<void> {
  const { terminal } = host;
  const opened = await SignedInGateway.open(host, gateway);
  const who: Whoami = await opened.get(whoamiSchema, { path: '/v1/whoami' });
  if (json === true) return terminal.printJson(who);
  terminal.print(`${terminal.style('bold', escapeLine(who.name))} (${who.kind})`);
  terminal.print(`id       ${escapeLine(who.id)}`);
  terminal.print(`groups   ${who.groups.map(escapeLine).join(', ') || 'none'}`);
  terminal.print(`gateway  ${opened.known.url}`);
  terminal.print(`until    ${who.expiresAt}`);
}

/** `sallyport token` */
export async function runToken(
  host: CliHost,
  { gateway, json, lifetime }: TokenOptions,
): Promise<void> {
  const lifetimeMs = lifetime === undefined ? undefined : parseDuration(lifetime);
  if (lifetime !== undefined && (lifetimeMs === undefined || lifetimeMs < 1_000)) {
    throw new CliError(EXIT.usage, 'The lifetime must be a duration such as 15m or 1h');
  }
  const opened = await SignedInGateway.open(host, gateway);
  const answer = await opened.get(tokenAnswerSchema, {
    path: '/oauth2/token',
    form: {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: await opened.token(),
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      ...(lifetimeMs !== undefined && {
        requested_lifetime: String(Math.floor(lifetimeMs / 1000)),
      }),
    },
  });
  if (json === true) return host.terminal.printJson(answer);
  host.terminal.print(answer.access_token);
  host.terminal.say(`Valid for ${answer.expires_in} s. Use it as password; it opens what you may.`);
}
