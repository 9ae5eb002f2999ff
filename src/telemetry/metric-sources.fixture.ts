import { Durations } from './durations.ts';
import type { MetricSources } from './metrics.ts';

/** A process that has done a little of everything. */
export function createSources(changes: Partial<MetricSources> = {}): MetricSources {
  const syncs = new Durations();
  for (const milliseconds of [0.4, 0.9, 30, 5_000]) syncs.add(milliseconds);
  return {
    version: '0.1.0',
    ledger: {
      health: () => 'healthy',
      kinds: () =>
        new Map([
          ['operation', 7],
          ['operation.refuse', 3],
          ['sign-in', 2],
          ['session.start', 2],
        ]),
      denied: () => 2,
      unreviewed: () => 1,
      refusedSignIns: () => 5,
      maskedValues: () => 40,
      rows: () => 12,
      syncs,
    },
    liveSessions: () => 2,
    witnesses: () => ({ isStale: false, ageMs: 12_000 }),
    exports: () => [
      { name: 'siem', state: 'failing', delivered: 9, refused: 1, missing: 0, lagMs: 61_500 },
    ],
    tunnels: () => [
      { connector: 'ward-3', state: 'open', streams: 7 },
      { connector: 'ward-3', state: 'suspect', streams: 1 },
    ],
    archive: () => ({ pendingBytes: 4_096, failure: undefined }),
    waiting: async () => ({ reviews: 4, openAlerts: 1 }),
    ...changes,
  };
}
