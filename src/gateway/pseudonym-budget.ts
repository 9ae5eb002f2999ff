import { logUnexpectedError } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';

/** Where processes and gateways tell each other what their principals spent. `store/` provides it. */
export interface PseudonymSpending {
  /**
   * Adds what was spent in an hour, counted since the Unix epoch.
   *
   * @returns What these principals spent by then, everywhere.
   */
  add(hour: number, spent: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, number>>;
}

/** What is shared with others, and who is told when it cannot be. */
export interface SharedBudget {
  readonly spending: PseudonymSpending;
  readonly log: Log;
}

const HOUR_MS = 3_600_000;
/** Milliseconds in which spending is collected before it is told: so long others do not count it. */
const COLLECT_MS = 100;
/** Milliseconds until what could not be told is told again. */
const RETRY_MS = 1_000;
/** Milliseconds that somebody may go on to spend of whom others cannot be told. */
const BELIEVED_MS = 30_000;

/** Of one principal, in this hour. */
interface Spent {
  /** By all, as far as was heard. */
  known: number;
  /** Here, on its way. */
  told: number;
  /** Here, and not told yet. */
  untold: number;
}

/**
 * How many pseudonyms each principal may still look up in this hour. Finding rows by pseudonyms is what
 * they are for; going through all of them, to learn what else is known of everybody, is not.
 *
 * Processes and gateways share the budget, and none waits for another: what a principal spends is told a moment later, so
 * that each can let through what is left once before it hears of the others.
 */
export class PseudonymBudget implements Disposable {
  readonly #nowMs: () => number;
  readonly #perHourMax: () => number;
  readonly #shared: SharedBudget | undefined;
  #hour = -1;
  /** In this hour, by principal. */
  readonly #spent = new Map<string, Spent>();
  #timer: NodeJS.Timeout | undefined;
  /** Since when something could not be told. */
  #untoldSinceMs: number | undefined;

  /** @param shared Default: nobody else spends. */
  constructor(nowMs: () => number, perHourMax: () => number, shared?: SharedBudget) {
    this.#nowMs = nowMs;
    this.#perHourMax = perHourMax;
    this.#shared = shared;
  }

  /** False: that is more than is left. What was asked for is spent either way. */
  spend(principalId: string, count: number): boolean {
    const nowMs = this.#nowMs();
    this.#turnHour(nowMs);
    let spent = this.#spent.get(principalId);
    if (spent === undefined) {
      spent = { known: 0, told: 0, untold: 0 };
      this.#spent.set(principalId, spent);
    }
    spent.untold += count;
    this.#tellLater(COLLECT_MS);
    const isAlone = nowMs - (this.#untoldSinceMs ?? nowMs) >= BELIEVED_MS;
    return !isAlone && spent.known + spent.told + spent.untold <= this.#perHourMax();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #turnHour(nowMs: number): void {
    const hour = Math.floor(nowMs / HOUR_MS);
    if (hour === this.#hour) return;
    this.#hour = hour;
    this.#spent.clear();
  }

  #tellLater(waitMs: number): void {
    if (this.#shared === undefined || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.#tell(), waitMs);
    this.#timer.unref();
  }

  async #tell(): Promise<void> {
    const hour = this.#hour;
    const telling = [...this.#spent].filter(([, { untold }]) => untold > 0);
    for (const [, spent] of telling) {
      spent.told = spent.untold;
      spent.untold = 0;
    }
    const told = new Map(telling.map(([principalId, spent]) => [principalId, spent.told]));
    let isHeard = false;
    try {
      const known = await this.#shared?.spending.add(hour, told);
      for (const [principalId, spent] of telling) {
        spent.known = known?.get(principalId) ?? spent.known;
      }
      isHeard = true;
      this.#untoldSinceMs = undefined;
    } catch (error) {
      // It may have been counted: then it counts twice, which lets through too little.
      for (const [, spent] of telling) spent.untold += spent.told;
      this.#untoldSinceMs ??= this.#nowMs();
      if (this.#shared !== undefined) logUnexpectedError(this.#shared.log, 'pseudonyms', error);
    }
    for (const [, spent] of telling) spent.told = 0;
    this.#timer = undefined;
    const isLeft = [...this.#spent.values()].some(({ untold }) => untold > 0);
    if (isLeft) this.#tellLater(isHeard ? COLLECT_MS : RETRY_MS);
  }
}
