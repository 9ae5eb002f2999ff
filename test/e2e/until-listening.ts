import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, type NetConnectOpts } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** Far above what any server takes that starts at all. */
const START_MS_MAX = 60_000;
const POLL_MS = 20;

/**
 * Waits until a server that was just started takes connections.
 *
 * @throws {Error} Once it has ended, or still takes none after a minute.
 */
export async function untilListening(child: ChildProcess, at: NetConnectOpts): Promise<void> {
  const untilMs = performance.now() + START_MS_MAX;
  while (!(await takesConnections(at))) {
    const hasEnded = child.exitCode !== null || child.signalCode !== null;
    if (hasEnded || performance.now() > untilMs) {
      throw new Error(
        `Cannot start ${child.spawnfile}: it ${hasEnded ? 'ended' : 'does not listen'}`,
      );
    }
    await wait(POLL_MS);
  }
}

async function takesConnections(at: NetConnectOpts): Promise<boolean> {
  const socket = connect(at);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    // Refused, or no such socket: not listening yet.
    return false;
  } finally {
    socket.destroy();
  }
}
