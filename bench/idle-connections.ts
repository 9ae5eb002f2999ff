import { performance } from 'node:perf_hooks';
import type { Contestant } from './contestant.ts';
import { DiscardingClient } from './discarding-client.ts';
import { readResidentBytes } from './process-usage.ts';

/** As many logins at a time, so that no queue of the operating system overflows. */
const PARALLEL = 8;

/** What many connections that do nothing cost. */
export interface IdleCost {
  readonly connectsPerSecond: number;
  /** Of the process in the middle; 0 for a direct connection. */
  readonly bytesPerConnection: number;
}

/** Opens `count` connections that log in and then wait, measures, runs `meanwhile`, closes them. */
export async function holdIdleConnections(
  contestant: Contestant,
  count: number,
  meanwhile: () => Promise<void>,
): Promise<IdleCost> {
  const { pid } = contestant;
  using open = new DisposableStack();
  const before = pid === undefined ? 0 : readResidentBytes(pid);
  const startedAtMs = performance.now();
  let left = count;
  const work = async (): Promise<void> => {
    while (left-- > 0) open.use(await DiscardingClient.connect(contestant));
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  const seconds = (performance.now() - startedAtMs) / 1000;
  const after = pid === undefined ? 0 : readResidentBytes(pid);
  await meanwhile();
  return { connectsPerSecond: count / seconds, bytesPerConnection: (after - before) / count };
}
