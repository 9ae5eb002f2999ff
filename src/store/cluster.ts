import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { findPostgresBinaries } from './postgres-binaries.ts';
import { commandAs, ownAccountName, type ServerAccount } from './server-account.ts';
import { StoreError } from './store-error.ts';

/** PostgreSQL's own superuser inside the embedded server. */
export const CLUSTER_USER = 'sallyport';

/** Where an embedded server lives, and as whom. */
export interface ClusterPlace {
  /** Holds everything else; mode 0700. */
  readonly root: string;
  /** PostgreSQL's data directory. */
  readonly cluster: string;
  /** What the server itself has to say. */
  readonly logFile: string;
  readonly account: ServerAccount | undefined;
}

/** Creates a directory that only the server's account (and root) may enter. */
export function createPrivateDirectory(path: string, account: ServerAccount | undefined): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chmodSync(path, 0o700);
  if (account !== undefined) chownSync(path, account.uid, account.gid);
}

/**
 * Runs initdb unless that was done before. It works beside the cluster's place and the result is
 * renamed, so a start that was interrupted never leaves half a cluster to be used.
 *
 * @throws {StoreError} If initdb fails.
 */
export async function createCluster(place: ClusterPlace): Promise<void> {
  const { root, cluster, logFile, account } = place;
  if (existsSync(join(cluster, 'PG_VERSION'))) return;
  const unfinished = `${cluster}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  const child = runAsServer(place, findPostgresBinaries().initdb, [
    ...['-D', unfinished, '-U', CLUSTER_USER, '-E', 'UTF8', '--locale=C'],
    ...['--auth=peer', '--no-instructions'],
  ]);
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) {
    throw new StoreError(
      `Cannot create the embedded PostgreSQL in ${root}: initdb exited with ${code}; see ${logFile}`,
    );
  }
  renameSync(unfinished, cluster);
  writeAccessRules(cluster, account);
}

/**
 * Lets in the account that the gateway runs as, through the socket, as the one PostgreSQL user there
 * is; nobody else, and no other way. Written at every start, as the account may have changed.
 */
export function writeAccessRules(cluster: string, account: ServerAccount | undefined): void {
  const files = {
    'pg_hba.conf': 'local all all peer map=gateway\n',
    'pg_ident.conf': `gateway "${ownAccountName()}" ${CLUSTER_USER}\n`,
  };
  for (const [name, text] of Object.entries(files)) {
    const path = join(cluster, name);
    rmSync(path, { force: true });
    writeFileSync(path, text, { mode: 0o600 });
    if (account !== undefined) chownSync(path, account.uid, account.gid);
  }
}

/** Starts one of PostgreSQL's programs as the server's account, its output going to the log file. */
export function runAsServer(
  { root, logFile, account }: ClusterPlace,
  path: string,
  args: readonly string[],
): ChildProcess {
  const { path: program, args: programArgs, ...ids } = commandAs(account, path, args, root);
  const log = openSync(logFile, 'a', 0o600);
  try {
    return spawn(program, programArgs, {
      ...ids,
      cwd: root,
      // Its own process group: Ctrl-C in the gateway's terminal must not reach it before the gateway
      // has finished its own work.
      detached: true,
      stdio: ['ignore', log, log],
      env: { LC_ALL: 'C', TZ: 'UTC' },
    });
  } finally {
    closeSync(log);
  }
}
