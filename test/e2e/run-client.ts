import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Side } from './environment.ts';

/** What a client program printed and how it ended. */
export interface ClientOutcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

/** What to give a client program beside its arguments. */
export interface ClientOptions {
  readonly input?: string;
  /** Added to libpq's variables for the side. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Told of the running program. */
  readonly started?: (child: ChildProcessWithoutNullStreams) => void;
}

/** Directory of the client programs and scripts. */
export const CLIENTS: string = fileURLToPath(new URL('../clients/', import.meta.url));

/** A client that hangs is ended and fails its test; far above what the slowest one takes. */
const CLIENT_TIMEOUT_MS = 180_000;

/** libpq's variables for one side. */
export function libpqEnvironment(side: Side): Record<string, string> {
  return {
    PGHOST: side.host,
    // `localhost` may mean ::1 too, where nobody listens.
    PGHOSTADDR: '127.0.0.1',
    PGPORT: String(side.port),
    PGUSER: side.user,
    PGPASSWORD: side.password,
    PGDATABASE: side.database,
    PGGSSENCMODE: 'disable',
    ...(side.authorityFile === undefined
      ? { PGSSLMODE: 'disable' }
      : { PGSSLMODE: 'verify-full', PGSSLROOTCERT: side.authorityFile }),
  };
}

/** Runs a client program in an empty directory of its own, connected to `side` by libpq's variables. */
export async function runClient(
  side: Side,
  program: string,
  programArguments: readonly string[],
  { input, environment = {}, started }: ClientOptions = {},
): Promise<ClientOutcome> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-client-'));
  try {
    const child = spawn(program, programArguments, {
      cwd: directory,
      env: {
        PATH: process.env['PATH'],
        HOME: directory,
        LC_ALL: 'C.UTF-8',
        ...libpqEnvironment(side),
        ...environment,
      },
      timeout: CLIENT_TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    started?.(child);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    // A client may end without reading its input.
    child.stdin.on('error', () => undefined).end(input ?? '');
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    });
    return {
      stdout: Buffer.concat(stdout).toString('utf8'),
      stderr: Buffer.concat(stderr).toString('utf8'),
      code,
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Runs psql as scripts do: no start-up file, no pager. */
export function runPsql(
  side: Side,
  programArguments: readonly string[],
  options: ClientOptions = {},
): Promise<ClientOutcome> {
  return runClient(side, 'psql', ['-X', '-P', 'pager=off', ...programArguments], options);
}
