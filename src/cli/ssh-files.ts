import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SshConfiguration } from '../api/client-configuration.ts';
import type { VisibleTarget } from '../api/target.ts';
import { CliError, EXIT } from './cli-error.ts';
import type { CliHost } from './command-context.ts';
import {
  homeDirectory,
  type KnownGateway,
  reachableAddress,
  settingsDirectory,
} from './gateway-settings.ts';

/** What OpenSSH is given for one gateway: a folder, and the files in it. */
export interface SshFiles {
  readonly directory: string;
  readonly key: string;
  readonly certificate: string;
  readonly knownHosts: string;
  readonly config: string;
}

/** Names and accounts that stand in a line of `ssh_config` as they are. */
const WORD = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** Where the files for a gateway are. One folder each: two gateways have two certificates. */
export function sshFiles(environment: CliHost['environment'], { url }: KnownGateway): SshFiles {
  const name = new URL(url).host.replaceAll(/[^a-z0-9.-]/g, '_');
  const directory = join(settingsDirectory(environment), 'ssh', name);
  return {
    directory,
    key: join(directory, 'id_ed25519'),
    certificate: join(directory, 'id_ed25519-cert.pub'),
    knownHosts: join(directory, 'known_hosts'),
    config: join(directory, 'config'),
  };
}

/** The line for `~/.ssh/config`. It takes in every gateway that is signed in to. */
export function includeLine(environment: CliHost['environment']): string {
  return `Include ${quote(join(settingsDirectory(environment), 'ssh', '*', 'config'))}`;
}

/** OpenSSH's own configuration of whoever runs this. */
export function sshConfigPath(environment: CliHost['environment']): string {
  return join(homeDirectory(environment), '.ssh', 'config');
}

/** Whether OpenSSH's configuration has the line. */
export async function hasInclude(environment: CliHost['environment']): Promise<boolean> {
  return hasLine(await readIfPresent(sshConfigPath(environment)), includeLine(environment));
}

/** What `known_hosts` says: whom the gateway's authority vouches for. */
export function formatKnownHosts({ suffix, hostAuthority }: SshConfiguration): string {
  return `@cert-authority ${suffix},*.${suffix} ${hostAuthority}\n`;
}

/**
 * The part of `ssh_config` for a gateway: `ssh <target>.<suffix>` goes through it, and `ssh
 * <account>@<target>@<suffix>` too.
 */
export function formatSshConfig(
  gateway: KnownGateway,
  ssh: SshConfiguration,
  files: SshFiles,
  targets: readonly VisibleTarget[],
): string {
  const { suffix } = ssh;
  const { host, port } = reachableAddress(gateway, ssh);
  const accounts = targets.filter(
    ({ kind, name, account }) => kind === 'ssh' && WORD.test(name) && WORD.test(account),
  );
  const lines = [
    `# Written by sallyport for ${gateway.url}; the next sign-in writes it anew.`,
    ...accounts.flatMap(({ name, account }) => [`Host ${name}.${suffix}`, `  User ${account}`, '']),
    `Host *.${suffix}`,
    `  ProxyJump ${suffix}`,
    '',
    `Host ${suffix}`,
    `  HostName ${host}`,
    `  Port ${port}`,
    // The certificate names the gateway so, whatever its address is.
    `  HostKeyAlias ${suffix}`,
    '',
    `Host ${suffix} *.${suffix}`,
    `  IdentityFile ${quote(files.key)}`,
    `  CertificateFile ${quote(files.certificate)}`,
    '  IdentitiesOnly yes',
    `  UserKnownHostsFile ${quote(files.knownHosts)}`,
    '  GlobalKnownHostsFile none',
    '  StrictHostKeyChecking yes',
    '  HostKeyAlgorithms ssh-ed25519-cert-v01@openssh.com',
    '  UpdateHostKeys no',
    '',
  ];
  return lines.join('\n');
}

/** Writes a file that its owner alone can read; readers see the old one or the new one. */
export async function writePrivately(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, text, { mode: 0o600, flag: 'wx' });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** Puts a line at the top of `~/.ssh/config`, where it counts for every host; says whether it was not there yet. */
export async function addToSshConfig(path: string, line: string): Promise<boolean> {
  const before = await readIfPresent(path);
  if (hasLine(before, line)) return false;
  await writePrivately(path, `${line}\n\n${before}`);
  return true;
}

function hasLine(text: string, line: string): boolean {
  return text.split('\n').some((one) => one.trim() === line);
}

/** The text of a file; none if there is no such file. */
export async function readIfPresent(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

/** A path as `ssh_config` takes it: in quotes. */
function quote(path: string): string {
  // No escape is known there for quotes, and whether `%` begins a token depends on the line and on the version.
  if (!/["%\n\r]/.test(path)) return `"${path}"`;
  throw new CliError(EXIT.failure, 'OpenSSH cannot take a path with quotes, % or line ends', path);
}
