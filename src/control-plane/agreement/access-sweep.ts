import type { AccessRequestStore, GrantStore } from '../../access/access-store.ts';
import type { LedgerPort } from '../../audit/ledger-port.ts';
import { endInStore } from '../../gateway/end-in-store.ts';
import { logUnexpectedError } from '../../telemetry/events.ts';
import type { Log } from '../../telemetry/log.ts';
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
  readonly #timer: NodeJS.Timeout;
  #isSweeping = false;

  constructor(parts: AccessSweepParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => void this.sweep(), INTERVAL_MS);
    this.#timer.unref();
  }

  /** Looks once. What fails is left for the next look. */
  async sweep(): Promise<void> {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    const { requests, grants, nowMs, log } = this.#parts;
    try {
      for (const id of await requests.listExpired(nowMs(), BATCH_MAX)) {
        const end = { atMs: nowMs(), outcome: 'expired', reason: undefined } as const;
        await this.#tolerate(() => endInStore(this.#parts, id, end));
      }
      for (const id of await grants.listExpired(nowMs(), BATCH_MAX)) {
        await this.#tolerate(() => expireGrant(this.#parts, id));
      }
    } catch (error) {
      logUnexpectedError(log, 'access sweep', error);
    } finally {
      this.#isSweeping = false;
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

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
