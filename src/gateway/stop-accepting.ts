import { once } from 'node:events';
import type { Server } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Turns of the event loop at most: where connections never stop coming, somebody has to be turned away. */
const TURNS_MAX = 1_000;

/**
 * Closes a listener once it has taken what waited for it: the kernel resets connections that nobody has accepted
 * when their listener closes. Resolves once the last of its connections is over.
 */
export async function stopAccepting(server: Server): Promise<void> {
  if (!server.listening) return;
  let isQuiet = false;
  server.on('connection', () => {
    isQuiet = false;
  });
  await nextTurn();
  for (let turn = 0; turn < TURNS_MAX && !isQuiet; turn++) {
    isQuiet = true;
    await nextTurn();
  }
  const closed = once(server, 'close');
  server.close();
  await closed;
}
