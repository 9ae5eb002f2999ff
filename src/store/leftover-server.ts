import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, runsIn } from './running-process.ts';
import { StoreError } from './store-error.ts';

const POLL_MS = 25;
/** Milliseconds for each of the two ways to shut down. */
const STOP_TIMEOUT_MS = 20_000;

/**
 * Ends a server that a killed gateway left running on `cluster`, and removes what a crashed server
 * left lying: its pid file names a process that has ended, or that is something else by now.
 *
 * @throws {StoreError} If the server does not end.
 */
export async function stopLeftoverServer(cluster: string): Promise<void> {
  const pidFile = join(cluster, 'postmaster.pid');
  const pid = readPid(pidFile);
  if (pid === undefined) return;
  // PostgreSQL works in its cluster's directory. Without /proc its own checks must do.
  if (runsIn(pid, cluster)) await stopServer(pid);
  else if (process.platform !== 'linux') return;
  rmSync(pidFile, { force: true });
}

/**
 * Asks a server to shut down: in order first (SIGINT ends its connections), then at once (SIGQUIT;
 * it recovers at the next start).
 *
 * @throws {StoreError} If it still runs after both.
 */
export async function stopServer(pid: number): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    try {
      process.kill(pid, signal);
    } catch {
      return; // It has ended meanwhile.
    }
    for (let waitedMs = 0; waitedMs < STOP_TIMEOUT_MS; waitedMs += POLL_MS) {
      if (!isAlive(pid)) return;
      await sleep(POLL_MS);
    }
  }
  throw new StoreError(`Cannot stop the embedded PostgreSQL: process ${pid} does not end`);
}

function readPid(pidFile: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
    return pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}
