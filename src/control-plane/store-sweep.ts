import { logUnexpectedError } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';

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
  readonly #timer: NodeJS.Timeout;
  #isSweeping = false;

  constructor(parts: StoreSweepParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => void this.sweep(), INTERVAL_MS);
    this.#timer.unref();
  }

  /** Looks once. What fails, or is too much, is left for the next look. */
  async sweep(): Promise<void> {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    const { deleteOld, keptMs, nowMs, log } = this.#parts;
    try {
      for (let batch = 0; batch < BATCHES_MAX; batch++) {
        const now = nowMs();
        const question = { nowMs: now, endedBeforeMs: now - keptMs(), limit: BATCH_MAX };
        if (!(await deleteOld(question))) break;
      }
    } catch (error) {
      logUnexpectedError(log, 'store sweep', error);
    } finally {
      this.#isSweeping = false;
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
