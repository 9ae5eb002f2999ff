import { setTimeout as wait } from 'node:timers/promises';

/** Resolves once a number has not changed for a while. */
export async function settle(read: () => number): Promise<void> {
  let last = -1;
  while (last !== read()) {
    last = read();
    await wait(300);
  }
}
