import { Durations } from '../telemetry/durations.ts';
import type { EntryFields, EntryKind } from './ledger-port.ts';

/**
 * What a ledger took and how long its disk needed since the process started, counted in plain numbers: it is done for
 * every operation, and read once in a while.
 */
export class LedgerMeter {
  readonly kinds: Map<EntryKind, number> = new Map();
  /** Operations that were refused, and those that people did not agree to. */
  denied = 0;
  unreviewed = 0;
  /** Many at once can be one entry. */
  refusedSignIns = 0;
  /** Values that clients saw masked, and rows that they were shown. */
  maskedValues = 0;
  rows = 0;
  /** Of each sync of the disk; operations wait for one. */
  readonly syncs: Durations = new Durations();

  /** Called with each entry. */
  add(fields: EntryFields): void {
    const { kind } = fields;
    this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
    if (kind === 'operation.refuse') {
      if (fields['decision'] === 'review') this.unreviewed += 1;
      else this.denied += 1;
    } else if (kind === 'sign-in.refuse') {
      this.refusedSignIns += typeof fields['count'] === 'number' ? fields['count'] : 1;
    } else if (kind === 'result') {
      this.maskedValues += sumCounts(fields['masked']) + sumCounts(fields['found']);
      if (typeof fields['rows'] === 'number') this.rows += fields['rows'];
    }
  }

  /** A callback of a sync that begins now. */
  time(done: (error: Error | null) => void): (error: Error | null) => void {
    const startedMs = performance.now();
    return (error) => {
      this.syncs.add(performance.now() - startedMs);
      done(error);
    };
  }
}

/** The sum of counts by class; 0 for anything else. */
export function sumCounts(counts: unknown): number {
  if (typeof counts !== 'object' || counts === null) return 0;
  let total = 0;
  for (const count of Object.values(counts)) if (typeof count === 'number') total += count;
  return total;
}
