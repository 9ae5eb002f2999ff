import { measureCopyIn, measureCopyOut, measureResult } from './bulk.ts';
import type { Contestant } from './contestant.ts';
import { holdIdleConnections } from './idle-connections.ts';
import { runPgbench } from './pgbench.ts';
import { peakResidentBytes, readCpuMicroseconds } from './process-usage.ts';
import type { Results } from './results.ts';

/** How much to measure. */
export interface Effort {
  readonly rounds: number;
  readonly pgbenchSeconds: number;
  /** Of the large result, and of COPY out. */
  readonly resultBytes: number;
  readonly copyInBytes: number;
  readonly idleConnections: number;
}

/** Measures one contestant once: queries, then transfers. */
export async function measureRound(
  contestant: Contestant,
  effort: Effort,
  results: Results,
): Promise<void> {
  const work = async (): Promise<void> => {
    for (const protocol of ['simple', 'prepared'] as const) {
      for (const clients of [1, 16] as const) {
        await measureQueries(contestant, { protocol, clients }, effort, results);
      }
    }
    await measureTransfers(contestant, effort, results);
  };
  const { pid, name } = contestant;
  if (pid === undefined) {
    await work();
    return;
  }
  results.add(name, 'memory under load, highest: MB', (await peakResidentBytes(pid, work)) / 1e6);
}

/** Measures once what connections cost that do nothing, and what they do to one that works. */
export async function measureIdle(
  contestant: Contestant,
  effort: Effort,
  results: Results,
): Promise<void> {
  const { name, pid } = contestant;
  const cost = await holdIdleConnections(contestant, effort.idleConnections, async () => {
    const options = { protocol: 'simple', clients: 1, seconds: effort.pgbenchSeconds } as const;
    const { p50Microseconds } = await runPgbench(contestant, options);
    results.add(name, 'simple, 1 client beside idle ones: p50 µs', p50Microseconds);
  });
  results.add(name, 'idle connections: logins/s', cost.connectsPerSecond);
  if (pid === undefined) return;
  results.add(name, 'memory per idle connection: KB', cost.bytesPerConnection / 1e3);
}

async function measureQueries(
  contestant: Contestant,
  { protocol, clients }: { readonly protocol: 'simple' | 'prepared'; readonly clients: 1 | 16 },
  { pgbenchSeconds: seconds }: Effort,
  results: Results,
): Promise<void> {
  const { name, pid } = contestant;
  const cpuBefore = pid === undefined ? 0 : readCpuMicroseconds(pid);
  const measured = await runPgbench(contestant, { protocol, clients, seconds });
  const kind = `${protocol}, ${clients === 1 ? '1 client' : '16 clients'}` as const;
  results.add(name, `${kind}: queries/s`, measured.transactionsPerSecond);
  results.add(name, `${kind}: p50 µs`, measured.p50Microseconds);
  results.add(name, `${kind}: p99 µs`, measured.p99Microseconds);
  if (pid === undefined || clients !== 16 || protocol !== 'simple') return;
  const cpu = readCpuMicroseconds(pid) - cpuBefore;
  results.add(name, 'processor per query, 16 clients: µs', cpu / measured.transactions);
}

async function measureTransfers(
  contestant: Contestant,
  { resultBytes, copyInBytes }: Effort,
  results: Results,
): Promise<void> {
  const { name, pid } = contestant;
  const cpuBefore = pid === undefined ? 0 : readCpuMicroseconds(pid);
  const result = await measureResult(contestant);
  if (pid !== undefined) {
    const cpuSeconds = (readCpuMicroseconds(pid) - cpuBefore) / 1e6;
    results.add(name, 'processor per large result: s/GB', cpuSeconds / (result.bytes / 1e9));
  }
  // An answer that was cut short would look fast.
  if (result.bytes < resultBytes * 0.8) {
    throw new Error(`${name}: the large result holds ${result.bytes} bytes only`);
  }
  results.add(name, 'large result: MB/s', result.megabytesPerSecond);
  results.add(name, 'COPY out: MB/s', (await measureCopyOut(contestant)).megabytesPerSecond);
  const copyIn = await measureCopyIn(contestant, copyInBytes);
  results.add(name, 'COPY in: MB/s', copyIn.megabytesPerSecond);
}
