import type { AccessRequestStore, GrantStore } from '../../access/access-store.ts';
import type { LedgerPort } from '../../audit/ledger-port.ts';
import { endInStore } from '../../gateway/end-in-store.ts';
import { logUnexpectedError } from '../../telemetry/events.ts';
import type { Log } from '../../telemetry/log.ts';
import { Chore } from '../chore.ts';
import { expireGrant } from './end-grant.ts';

/** What is swept, and where it is entered. */
export interface AccessSweepParts {
  readonly requests: AccessRequestStore;
  readonly grants: GrantStore;
  readonly ledger: LedgerPort;
  readonly nowMs: () => number;
  readonly log: Log;
}

/** Milliseconds between looks. */
const INTERVAL_MS = 2_000;
/** Ended in one look; more wait for the next. */
const BATCH_MAX = 200;

/**
 * Ends in the store and the ledger what is over by time. Nothing depends on how soon: from its
 * deadline on a request cannot be approved or used, and a grant permits nothing.
 *
 * Several gateways on one store may all do it: each end is entered once.
 */
export class AccessSweep implements Disposable {
  readonly #parts: AccessSweepParts;
  readonly #chore: Chore;

  constructor(parts: AccessSweepParts) {
    this.#parts = parts;
    const work = (): Promise<void> => this.#sweep();
    this.#chore = new Chore({
      name: 'access sweep',
      intervalMs: INTERVAL_MS,
      work,
      log: parts.log,
    });
  }

  [Symbol.dispose](): void {
    this.#chore[Symbol.dispose]();
  }

  /** Looks once. What fails is left for the next look. */
  sweep(): Promise<void> {
    return this.#chore.run();
  }

  async #sweep(): Promise<void> {
    const { requests, grants, nowMs } = this.#parts;
    for (const id of await requests.listExpired(nowMs(), BATCH_MAX)) {
      const end = { atMs: nowMs(), outcome: 'expired', reason: undefined } as const;
      await this.#tolerate(() => endInStore(this.#parts, id, end));
    }
    for (const id of await grants.listExpired(nowMs(), BATCH_MAX)) {
      await this.#tolerate(() => expireGrant(this.#parts, id));
    }
  }

  /** One that cannot be ended, as it cannot be read, does not keep the others. */
  async #tolerate(end: () => Promise<unknown>): Promise<void> {
    try {
      await end();
    } catch (error) {
      logUnexpectedError(this.#parts.log, 'access sweep', error);
    }
  }
}
