import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates } from 'node:tls';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliHost, GatewayOption } from '../command-context.ts';
import { postgresAddress, SignedInGateway } from '../signed-in-gateway.ts';
import { escapeLine } from '../terminal-text.ts';
import { listTargetNames, suggestTarget } from '../unknown-target.ts';

/** The user name that clients send. The gateway goes by the token; a name decides nothing. */
export const CLIENT_USER = 'sallyport';

/** What psql exits with where the connection went bad. */
const NOT_CONNECTED = 2;

/** Where systems keep the authorities they trust. */
const SYSTEM_AUTHORITIES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
];

/** What `sallyport psql` is told beside psql's own arguments. */
export interface PsqlOptions extends GatewayOption {
  /** Why; reviewers of what waits are told. */
  readonly reason?: string;
}

/**
 * `sallyport psql`: psql with the sign-in's token as password.
 *
 * The token goes through a file that only this user can read, so it is in no process list, no
 * environment and no history. The file is gone when psql is.
 *
 * @returns psql's exit code.
 */
export async function runPsql(
  host: CliHost,
  target: string,
  args: readonly string[],
  { gateway, reason }: PsqlOptions,
): Promise<number> {
  const opened = await SignedInGateway.open(host, gateway);
  const { host: address, port } = postgresAddress(opened.known);
  const token = await opened.token();
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-'));
  try {
    const passwordFile = join(directory, 'pgpass');
    await writeFile(passwordFile, `*:*:*:*:${escapePassword(token)}\n`, { mode: 0o600 });
    const authorityFile = await writeAuthority(directory, opened.known.ca);
    const child = spawn('psql', [...args], {
      stdio: 'inherit',
      env: {
        ...host.environment,
        PGHOST: address,
        PGPORT: String(port),
        PGUSER: CLIENT_USER,
        PGDATABASE: target,
        ...(reason !== undefined && {
          PGOPTIONS: `${host.environment['PGOPTIONS'] ?? ''} -c sallyport.reason=${escapeOption(reason)}`,
        }),
        PGPASSFILE: passwordFile,
        PGSSLMODE: 'verify-full',
        PGSSLROOTCERT: authorityFile,
        // One that stands would be preferred to the file.
        PGPASSWORD: undefined,
      },
    });
    // Ctrl-C cancels a statement; that is psql's to do.
    const ignore = (): void => undefined;
    process.on('SIGINT', ignore);
    try {
      const [code, killedBy] = await exitOf(child);
      if (code === NOT_CONNECTED) await sayIfUnknown(host, opened, target);
      return code ?? 128 + (killedBy === null ? 0 : constants.signals[killedBy]);
    } finally {
      process.off('SIGINT', ignore);
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Says so if it was the name that kept psql out: the gateway does not say which names there are. */
async function sayIfUnknown(
  { terminal, signal }: CliHost,
  opened: SignedInGateway,
  target: string,
): Promise<void> {
  if (opened.known.configuration.postgres?.hasOneTarget === true || signal.aborted) return;
  const [wanted = ''] = target.split('/', 1);
  // What psql said of a gateway that does not answer is enough.
  const databases = await listTargetNames(opened, 'postgres').catch(() => [wanted]);
  if (databases.includes(wanted)) return;
  const hint = suggestTarget(wanted, databases) ?? 'Nothing here is open to you: sallyport targets';
  terminal.say(escapeLine(hint));
}

async function exitOf(
  child: ReturnType<typeof spawn>,
): Promise<[number | null, NodeJS.Signals | null]> {
  try {
    return (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  } catch (cause) {
    throw new CliError(
      EXIT.failure,
      'Cannot start psql',
      'Install it (Debian: apt-get install postgresql-client), or use sallyport connect.',
      { cause },
    );
  }
}

async function writeAuthority(directory: string, ca: string | undefined): Promise<string> {
  const path = join(directory, 'ca.crt');
  await writeFile(path, ca ?? (await readTrusted()), { mode: 0o600 });
  return path;
}

/** What the system trusts, and what we do: a job names an authority of its own in NODE_EXTRA_CA_CERTS. */
async function readTrusted(): Promise<string> {
  const system = SYSTEM_AUTHORITIES.find((path) => existsSync(path));
  const own = getCACertificates('default');
  return [...(system === undefined ? [] : [await readFile(system, 'utf8')]), ...own].join('\n');
}

/** @see https://www.postgresql.org/docs/current/libpq-connect.html (options) */
function escapeOption(value: string): string {
  return value.replaceAll(/[\\\s]/g, String.raw`\$&`);
}

/** @see https://www.postgresql.org/docs/current/libpq-pgpass.html */
function escapePassword(token: string): string {
  return token.replaceAll(/[\\:]/g, String.raw`\$&`);
}
