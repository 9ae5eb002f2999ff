import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findFreePort } from '../../demo/find-free-port.ts';
import {
  findPostgresPrograms,
  findServerAccount,
  giveTo,
  type ServerAccount,
} from '../../demo/postgres-programs.ts';

/** How to start a private PostgreSQL server. */
export interface PrivatePostgresOptions {
  /** `debian`: the newest of /usr/lib/postgresql, or what SALLYPORT_E2E_SERVER says. `embedded`: the npm package's binaries. */
  readonly version: 'debian' | 'embedded';
  /** PEM texts. Turns `ssl` on. */
  readonly ssl?: { readonly certificate: string; readonly key: string; readonly ca?: string };
  /**
   * Lines of pg_hba.conf for TCP; everyone from 127.0.0.1 is trusted by default. The Unix socket is
   * always trusted.
   */
  readonly hba?: readonly string[];
  /** Settings beside the defaults (`fsync=off` and small memory). */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A running server that belongs to one test, with an empty database `postgres`. */
export interface PrivatePostgres extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Directory of the Unix socket. */
  readonly socketDirectory: string;
  readonly superuser: string;
  /** Process id of the postmaster. */
  readonly pid: number;
  /** Runs a script as superuser through the Unix socket; resolves with what psql prints unaligned. */
  execute(sql: string, database?: string): Promise<string>;
  /** Stops the server and removes its directory. May be called twice. */
  stop(): Promise<void>;
}

const SUPERUSER = 'postgres';
const HOST = '127.0.0.1';
/** A Unix socket's path must fit into 108 bytes (sockaddr_un). */
const TEMPORARY_PATH_CHARACTERS_MAX = 70;
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;

const run = promisify(execFile);

/**
 * Another server to run the tests on instead of Debian's: its major release and the directory of its programs, as in
 * `SALLYPORT_E2E_SERVER="13 /opt/postgresql/bin"`.
 */
function findInstead(): { readonly major: number; readonly binaries: string } | undefined {
  const setting = process.env['SALLYPORT_E2E_SERVER'];
  if (setting === undefined) return undefined;
  const [major = '', ...path] = setting.split(' ');
  return { major: Number(major), binaries: path.join(' ') };
}

/** The major release that a server of that kind is of. */
export function majorOf(version: PrivatePostgresOptions['version']): number {
  return version === 'embedded' ? 18 : (findInstead()?.major ?? 15);
}

/**
 * Starts a PostgreSQL server in a directory of its own, on a free port of 127.0.0.1.
 *
 * Works as root (the server then runs as the user `postgres`) and as any other user. Only this very
 * server is ever stopped; when the test process exits early, the server is stopped with it.
 */
export async function startPrivatePostgres(
  options: PrivatePostgresOptions,
): Promise<PrivatePostgres> {
  const account = await findServerAccount();
  const temporary = tmpdir().length > TEMPORARY_PATH_CHARACTERS_MAX ? '/tmp' : tmpdir();
  const directory = await mkdtemp(join(temporary, 'pg-'));
  try {
    giveTo(account, directory);
    const binaries = await findBinaries(options.version, directory, account);
    const data = join(directory, 'data');
    const initdb = `-U ${SUPERUSER} --auth=trust --no-sync --encoding=UTF8 --locale=C`;
    await run(join(binaries, 'initdb'), ['-D', data, ...initdb.split(' ')], {
      ...account,
      cwd: directory,
    });
    await configure(options, data, account);
    return await startOnFreePort(options, { binaries, directory, account });
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

interface Installation {
  readonly binaries: string;
  readonly directory: string;
  readonly account: ServerAccount;
}

async function findBinaries(
  version: PrivatePostgresOptions['version'],
  directory: string,
  account: ServerAccount,
): Promise<string> {
  if (version === 'debian') {
    const instead = findInstead();
    if (instead !== undefined) return instead.binaries;
    const root = '/usr/lib/postgresql';
    const versions = await readdir(root).catch(() => []);
    const newest = versions.toSorted((a, b) => Number(b) - Number(a))[0];
    if (newest === undefined) {
      throw new Error('Cannot start PostgreSQL: Debian package "postgresql" is not installed');
    }
    return join(root, newest, 'bin');
  }
  return findPostgresPrograms(directory, account);
}

async function configure(
  { ssl, hba, settings }: PrivatePostgresOptions,
  data: string,
  account: ServerAccount,
): Promise<void> {
  const socketDirectory = join(dirname(data), 's');
  await mkdir(socketDirectory);
  giveTo(account, socketDirectory);

  const effective: Record<string, string> = {
    listen_addresses: HOST,
    unix_socket_directories: socketDirectory,
    fsync: 'off',
    shared_buffers: '32MB',
    max_connections: '100',
    ...settings,
  };
  const write = async (name: string, text: string): Promise<void> => {
    const path = join(data, name);
    await writeFile(path, text);
    await chmod(path, 0o600);
    giveTo(account, path);
  };
  if (ssl !== undefined) {
    effective['ssl'] = 'on';
    await write('server.crt', ssl.certificate);
    await write('server.key', ssl.key);
    if (ssl.ca !== undefined) {
      effective['ssl_ca_file'] = 'ca.crt';
      await write('ca.crt', ssl.ca);
    }
  }
  const lines = Object.entries(effective).map(
    ([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`,
  );
  await write('postgresql.auto.conf', lines.join(''));
  const tcp = hba ?? [`host all all ${HOST}/32 trust`];
  await write('pg_hba.conf', ['local all all trust', ...tcp, ''].join('\n'));
}

/** Someone else may take the port between our look and the server's bind: then try another. */
async function startOnFreePort(
  options: PrivatePostgresOptions,
  installation: Installation,
): Promise<PrivatePostgres> {
  for (let attempt = 1; ; attempt++) {
    const port = Number(options.settings?.['port'] ?? (await findFreePort()));
    try {
      return await startServer(installation, port);
    } catch (error) {
      if (attempt === 5 || !String(error).includes('Address already in use')) throw error;
    }
  }
}

async function startServer(
  { binaries, directory, account }: Installation,
  port: number,
): Promise<PrivatePostgres> {
  const server = spawn(
    join(binaries, 'postgres'),
    ['-D', join(directory, 'data'), '-p', String(port)],
    { ...account, cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const stopWithUs = (): void => {
    server.kill('SIGQUIT');
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  };
  process.once('exit', stopWithUs);
  const exited = new Promise<void>((resolve) => {
    server.once('exit', () => {
      process.off('exit', stopWithUs);
      resolve();
    });
  });
  await waitUntilReady(server);
  // The server must not keep a test process alive that forgot it, nor block on a full pipe.
  server.unref();
  server.stderr.resume();
  if (server.stderr instanceof Socket) server.stderr.unref();

  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= stopServer(server, exited).then(() =>
      rm(directory, { recursive: true, force: true, maxRetries: 3 }),
    );
    return stopped;
  };
  const socketDirectory = join(directory, 's');
  assert(server.pid !== undefined);
  return {
    host: HOST,
    port,
    socketDirectory,
    superuser: SUPERUSER,
    pid: server.pid,
    execute: (sql, database = 'postgres') =>
      executeWithPsql({ socketDirectory, port, database }, sql),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function waitUntilReady(server: ChildProcess & { stderr: NodeJS.ReadableStream }): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let log = '';
  const fail = (why: string): void => reject(new Error(`Cannot start PostgreSQL: ${why}\n${log}`));
  const onExit = (code: number | null): void => fail(`it exited with ${code}`);
  const onData = (chunk: Buffer): void => {
    log += chunk.toString();
    if (log.includes('database system is ready to accept connections')) resolve();
  };
  const timer = setTimeout(() => {
    server.kill('SIGQUIT');
    fail(`it was not ready after ${START_TIMEOUT_MS} ms`);
  }, START_TIMEOUT_MS);
  server.once('error', reject);
  // `close` comes after the last of the log, unlike `exit`.
  server.once('close', onExit);
  server.stderr.on('data', onData);
  return promise.finally(() => {
    clearTimeout(timer);
    server.off('close', onExit);
    server.stderr.off('data', onData);
  });
}

async function stopServer(server: ChildProcess, exited: Promise<void>): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.ref();
  server.kill('SIGINT');
  const timer = setTimeout(() => server.kill('SIGQUIT'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}

interface PsqlAddress {
  readonly socketDirectory: string;
  readonly port: number;
  readonly database: string;
}

async function executeWithPsql(address: PsqlAddress, sql: string): Promise<string> {
  const running = run('psql', [
    '-XqAt',
    '--set=ON_ERROR_STOP=1',
    '--file=-',
    `--host=${address.socketDirectory}`,
    `--port=${address.port}`,
    `--username=${SUPERUSER}`,
    `--dbname=${address.database}`,
  ]);
  running.child.stdin?.end(sql);
  return (await running).stdout.trimEnd();
}
