import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import {
  type ClientConfiguration,
  clientConfigurationSchema,
} from '../api/client-configuration.ts';
import { CliError, EXIT } from './cli-error.ts';
import type { CliHost } from './command-context.ts';

/** A gateway that somebody signed in to from here. */
export interface KnownGateway {
  readonly url: string;
  readonly configuration: ClientConfiguration;
  /** Certificate authorities to trust for it, PEM; the system's when absent. */
  readonly ca?: string;
}

interface SettingsFile {
  readonly version: 1;
  /** Signed in to last: meant when none is named. */
  readonly current?: string;
  readonly gateways: readonly KnownGateway[];
}

type Environment = CliHost['environment'];

/** The folder with everything the command line keeps. @see XDG Base Directory Specification */
export function settingsDirectory(environment: Environment): string {
  const directory = environment['XDG_CONFIG_HOME'] || join(homeDirectory(environment), '.config');
  return join(directory, 'sallyport');
}

/** Whose account this is. @throws {CliError} If it has no home: in containers, accounts may be numbers alone. */
export function homeDirectory(environment: Environment): string {
  const { HOME: home } = environment;
  if (home !== undefined && home !== '') return home;
  try {
    const { homedir: found } = userInfo();
    if (found !== '') return found;
  } catch {
    // It is a number that no name belongs to.
  }
  const hint = 'Set HOME, or XDG_CONFIG_HOME to a directory of your own.';
  throw new CliError(EXIT.failure, 'There is no home directory to keep sign-ins in', hint);
}

/** Where sign-ins are kept. */
export function tokenFilePath(environment: Environment): string {
  return join(settingsDirectory(environment), 'tokens.json');
}

/**
 * Which gateway is meant: by option, by SALLYPORT_GATEWAY, or the one signed in to last.
 *
 * @throws {CliError} If none is, or it is not one that was signed in to.
 */
export async function getKnownGateway(
  environment: Environment,
  option: string | undefined,
): Promise<KnownGateway> {
  const { current, gateways } = await readSettings(environment);
  const named = option ?? environment['SALLYPORT_GATEWAY'];
  const url = named === undefined ? current : parseGatewayUrl(named);
  if (url === undefined) {
    throw new CliError(
      EXIT.notSignedIn,
      'No gateway is known yet',
      'Sign in first: sallyport login --gateway https://gateway.example.org:8443',
    );
  }
  const known = gateways.find((gateway) => gateway.url === url);
  if (known !== undefined) return known;
  throw new CliError(
    EXIT.notSignedIn,
    `Not signed in to ${url}`,
    `Sign in first: sallyport login --gateway ${url}`,
  );
}

/** Like {@link getKnownGateway}, for callers that can do without. */
export async function findKnownGateway(
  environment: Environment,
  option: string | undefined,
): Promise<KnownGateway | undefined> {
  const { current, gateways } = await readSettings(environment);
  const named = option ?? environment['SALLYPORT_GATEWAY'];
  const url = named === undefined ? current : parseGatewayUrl(named);
  return gateways.find((gateway) => gateway.url === url);
}

/** Keeps a gateway and makes it the one that is meant when none is named. */
export async function rememberGateway(
  environment: Environment,
  gateway: KnownGateway,
): Promise<void> {
  const { gateways } = await readSettings(environment);
  const others = gateways.filter(({ url }) => url !== gateway.url);
  const settings: SettingsFile = {
    version: 1,
    current: gateway.url,
    gateways: [...others, gateway],
  };
  const path = settingsPath(environment);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, `${JSON.stringify(settings, undefined, 2)}\n`, { mode: 0o600 });
  await rename(draft, path);
}

/**
 * A gateway's URL as it is kept: its origin.
 *
 * @throws {CliError} If it is not an https URL.
 */
export function parseGatewayUrl(text: string): string {
  const url = URL.parse(text.includes('://') ? text : `https://${text}`);
  if (url?.protocol !== 'https:' || url.username !== '' || url.pathname !== '/') {
    throw new CliError(
      EXIT.usage,
      'The gateway must be given as https://host:port',
      'Example: --gateway https://gateway.example.org:8443',
    );
  }
  return url.origin;
}

/** A place where a gateway listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Where a listener is reached. A gateway that listens everywhere is where its API is. */
export function reachableAddress(
  { url }: Pick<KnownGateway, 'url'>,
  { host, port }: Address,
): Address {
  const everywhere = host === '0.0.0.0' || host === '::';
  return { host: everywhere ? new URL(url).hostname.replaceAll(/[[\]]/g, '') : host, port };
}

function settingsPath(environment: Environment): string {
  return join(settingsDirectory(environment), 'gateways.json');
}

async function readSettings(environment: Environment): Promise<SettingsFile> {
  const path = settingsPath(environment);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return { version: 1, gateways: [] };
    }
    throw new CliError(EXIT.failure, `Cannot read ${path}`, undefined, { cause: error });
  }
  const settings = parseSettings(text);
  if (settings !== undefined) return settings;
  throw new CliError(
    EXIT.failure,
    `Cannot use ${path}: it is malformed`,
    'Delete it and run sallyport login again.',
  );
}

function parseSettings(text: string): SettingsFile | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || value['version'] !== 1 || !Array.isArray(value['gateways'])) {
    return undefined;
  }
  const gateways: KnownGateway[] = [];
  for (const gateway of value['gateways']) {
    if (!isRecord(gateway) || typeof gateway['url'] !== 'string') return undefined;
    const configuration = clientConfigurationSchema.safeParse(gateway['configuration']);
    if (!configuration.success) return undefined;
    const { url, ca } = gateway;
    gateways.push({
      url,
      configuration: configuration.data,
      ...(typeof ca === 'string' && { ca }),
    });
  }
  const { current } = value;
  return { version: 1, gateways, ...(typeof current === 'string' && { current }) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
