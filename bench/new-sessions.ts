import { performance } from 'node:perf_hooks';
import type { Contestant } from './contestant.ts';
import { DiscardingClient } from './discarding-client.ts';

/** Clients that open one session after the other. */
const CLIENTS = 8;

/** How many sessions a second can be opened, asked something and closed. */
export async function measureNewSessions(contestant: Contestant, count: number): Promise<number> {
  let left = count;
  const work = async (): Promise<void> => {
    while (left-- > 0) {
      using client = await DiscardingClient.connect(contestant);
      await client.query('select 1');
    }
  };
  const startedAtMs = performance.now();
  await Promise.all(Array.from({ length: CLIENTS }, work));
  return count / ((performance.now() - startedAtMs) / 1000);
}
