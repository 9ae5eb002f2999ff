import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, DatabaseError } from 'pg';
import {
  CLUSTER_USER,
  type ClusterPlace,
  createCluster,
  createPrivateDirectory,
  runAsServer,
  writeAccessRules,
} from './cluster.ts';
import { claimDirectory } from './directory-claim.ts';
import { stopLeftoverServer, stopServer } from './leftover-server.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import { findServerAccount } from './server-account.ts';
import { StoreError } from './store-error.ts';

/** How to reach an embedded server. Plain data, so that it can be handed to worker processes. */
export interface EmbeddedConnection {
  readonly kind: 'embedded';
  /** Directory of the Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

/** A running embedded server. */
export interface EmbeddedPostgres extends AsyncDisposable {
  readonly connection: EmbeddedConnection;
  readonly pid: number;
  /** Resolves once the server has ended although nobody closed it; never rejects. */
  readonly lost: Promise<{ readonly reason: string }>;
  /** Shuts the server down in order and waits until it has ended. */
  close(): Promise<void>;
}

const DATABASE = 'sallyport';
/** Part of the socket's file name; nothing listens on TCP. */
const PORT = 5432;
/** `sun_path` of unix(7) has 108 bytes, one of them for the zero byte. */
const SOCKET_PATH_BYTES_MAX = 107;
/** Milliseconds. Recovery after a power cut can take a while. */
const START_TIMEOUT_MS = 120_000;
const POLL_MS = 25;
/** Starts tried when backends of a killed server still hold its shared memory. */
const STARTS_MAX = 20;
/** SQLSTATE `cannot_connect_now`: starting, recovering or shutting down. */
const CANNOT_CONNECT_NOW = '57P03';

/**
 * Starts a PostgreSQL of our own in `directory`, which is created at the first start.
 *
 * It listens on a Unix socket only, in a directory of mode 0700, and lets in exactly the account the
 * gateway runs as (peer authentication: there is no password to lose). A server that a killed gateway
 * left behind is shut down first. As root, the server runs as another account.
 *
 * @throws {StoreError} If another running gateway has the directory, or the server does not start.
 */
export async function startEmbeddedPostgres(
  directory: string,
  signal?: AbortSignal,
): Promise<EmbeddedPostgres> {
  const account = findServerAccount();
  createPrivateDirectory(directory, account);
  const root = realpathSync(directory);
  const place = {
    root,
    cluster: join(root, 'cluster'),
    logFile: join(root, 'postgres.log'),
    account,
  };
  await using opened = new AsyncDisposableStack();
  const claim = claimDirectory(root);
  opened.defer(() => claim.release());

  await stopLeftoverServer(place.cluster);
  await createCluster(place);
  writeAccessRules(place.cluster, account);
  const socketDirectory = openSocketDirectory(place);
  opened.defer(() => rmSync(socketDirectory, { recursive: true, force: true }));

  const child = await startServer(place, socketDirectory, signal);
  const server = new RunningServer(child, socketDirectory);
  opened.use(server);
  await createDatabase(server.connection);
  server.releaseAtClose(opened.move());
  return server;
}

class RunningServer implements EmbeddedPostgres {
  readonly connection: EmbeddedConnection;
  readonly pid: number;
  readonly lost: Promise<{ readonly reason: string }>;
  readonly #ended: Promise<unknown>;
  #closing = false;
  #resources: AsyncDisposableStack | undefined;

  constructor(child: ChildProcess, socketDirectory: string) {
    if (child.pid === undefined) throw new StoreError('Cannot start the embedded PostgreSQL');
    this.pid = child.pid;
    this.connection = {
      kind: 'embedded',
      host: socketDirectory,
      port: PORT,
      user: CLUSTER_USER,
      database: DATABASE,
    };
    this.#ended = once(child, 'exit');
    const { promise, resolve } = Promise.withResolvers<{ readonly reason: string }>();
    this.lost = promise;
    child.once('exit', (code, killedBy) => {
      if (!this.#closing) resolve({ reason: killedBy ?? `exit code ${code}` });
    });
    // The gateway's own work keeps it alive, not its database.
    child.unref();
  }

  /** Takes over what has to go once the server has ended. */
  releaseAtClose(resources: AsyncDisposableStack): void {
    this.#resources = resources;
  }

  async close(): Promise<void> {
    const resources = this.#resources;
    this.#resources = undefined;
    // The stack disposes of this server too, by `[Symbol.asyncDispose]`, before directory and claim.
    if (resources !== undefined) return resources.disposeAsync();
    await this.#stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #stop(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    await Promise.race([stopServer(this.pid), this.#ended]);
  }
}

/** Near the cluster; a path too long for a socket moves to a new directory in the temporary one. */
function openSocketDirectory({ root, account }: ClusterPlace): string {
  const near = join(root, 'socket');
  const fits = Buffer.byteLength(`${near}/.s.PGSQL.${PORT}`) <= SOCKET_PATH_BYTES_MAX;
  const directory = fits ? near : mkdtempSync(join(tmpdir(), 'sallyport-'));
  if (fits) rmSync(directory, { recursive: true, force: true });
  createPrivateDirectory(directory, account);
  return directory;
}

async function startServer(
  place: ClusterPlace,
  socketDirectory: string,
  signal: AbortSignal | undefined,
): Promise<ChildProcess> {
  const settings = {
    listen_addresses: '',
    unix_socket_directories: socketDirectory,
    unix_socket_permissions: '0700',
    port: String(PORT),
    max_connections: '200',
    shared_buffers: '32MB',
    logging_collector: 'off',
    log_min_messages: 'warning',
    // Statements of the store hold names and addresses, which do not belong in a log.
    log_min_error_statement: 'panic',
    log_statement: 'none',
    log_parameter_max_length_on_error: '0',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const { postgres } = findPostgresBinaries();
  for (let start = 1; ; start++) {
    const child = runAsServer(place, postgres, ['-D', place.cluster, ...args]);
    const outcome = await waitUntilReady(child, socketDirectory, signal);
    if (outcome === 'ready') return child;
    if (start === STARTS_MAX || outcome !== 'ended') {
      throw new StoreError(
        `Cannot start the embedded PostgreSQL in ${place.root}: it ${outcome}; see ${place.logFile}`,
      );
    }
    await sleep(POLL_MS * 10);
  }
}

async function waitUntilReady(
  child: ChildProcess,
  socketDirectory: string,
  signal: AbortSignal | undefined,
): Promise<'ready' | 'ended' | 'does not answer' | 'was interrupted' | 'cannot be executed'> {
  let failed = false;
  child.once('error', () => {
    failed = true;
  });
  for (let waitedMs = 0; waitedMs < START_TIMEOUT_MS; waitedMs += POLL_MS) {
    if (failed) return 'cannot be executed';
    if (child.exitCode !== null || child.signalCode !== null) return 'ended';
    if (await answers(socketDirectory)) return 'ready';
    if (signal?.aborted) {
      if (child.pid !== undefined) await stopServer(child.pid);
      return 'was interrupted';
    }
    await sleep(POLL_MS);
  }
  if (child.pid !== undefined) await stopServer(child.pid);
  return 'does not answer';
}

async function answers(socketDirectory: string): Promise<boolean> {
  try {
    await withClient(socketDirectory, 'postgres', async () => undefined);
    return true;
  } catch (error) {
    if (error instanceof DatabaseError && error.code !== CANNOT_CONNECT_NOW) {
      throw new StoreError(
        `Cannot log in to the embedded PostgreSQL: it answers ${error.code ?? 'an error'}`,
        { cause: error },
      );
    }
    return false;
  }
}

async function createDatabase({ host, database }: EmbeddedConnection): Promise<void> {
  await withClient(host, 'postgres', async (client) => {
    const found = await client.query('select from pg_database where datname = $1', [database]);
    if (found.rowCount === 0) await client.query(`create database ${database}`);
  });
}

async function withClient(
  host: string,
  database: string,
  use: (client: Client) => Promise<void>,
): Promise<void> {
  const client = new Client({ host, port: PORT, user: CLUSTER_USER, database, ssl: false });
  // A connection that breaks also fails the query that used it; that is where it is dealt with.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}
