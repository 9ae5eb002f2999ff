import type { Log } from '../telemetry/log.ts';
import { Chore } from './chore.ts';

/** What is swept. */
export interface StoreSweepParts {
  /** Deletes some of what is over; tells whether there may be more. */
  readonly deleteOld: (question: {
    readonly nowMs: number;
    readonly endedBeforeMs: number;
    readonly limit: number;
  }) => Promise<boolean>;
  /** Milliseconds that requests, grants and delegations are kept after their end. */
  readonly keptMs: () => number;
  readonly nowMs: () => number;
  readonly log: Log;
}

/** Milliseconds between looks. */
const INTERVAL_MS = 600_000;
/** Rows of each sort that one statement deletes, and statements of one look: the store has other work. */
const BATCH_MAX = 500;
const BATCHES_MAX = 20;

/** Deletes from the store, now and then, what nobody asks for any more. Several gateways on one store may all do it. */
export class StoreSweep implements Disposable {
  readonly #parts: StoreSweepParts;
  readonly #chore: Chore;

  constructor(parts: StoreSweepParts) {
    this.#parts = parts;
    const work = (): Promise<void> => this.#sweep();
    this.#chore = new Chore({ name: 'store sweep', intervalMs: INTERVAL_MS, work, log: parts.log });
  }

  [Symbol.dispose](): void {
    this.#chore[Symbol.dispose]();
  }

  /** Looks once. What fails, or is too much, is left for the next look. */
  sweep(): Promise<void> {
    return this.#chore.run();
  }

  async #sweep(): Promise<void> {
    const { deleteOld, keptMs, nowMs } = this.#parts;
    for (let batch = 0; batch < BATCHES_MAX; batch++) {
      const now = nowMs();
      const question = { nowMs: now, endedBeforeMs: now - keptMs(), limit: BATCH_MAX };
      if (!(await deleteOld(question))) break;
    }
  }
}
