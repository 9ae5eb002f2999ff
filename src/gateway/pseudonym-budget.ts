const HOUR_MS = 3_600_000;

/**
 * How many pseudonyms each principal may still look up in this hour. Finding rows by pseudonyms is what
 * they are for; going through all of them, to learn what else is known of everybody, is not.
 */
export class PseudonymBudget {
  readonly #nowMs: () => number;
  readonly #perHourMax: () => number;
  #hour = -1;
  /** Spent in this hour, by principal. */
  readonly #spent = new Map<string, number>();

  constructor(nowMs: () => number, perHourMax: () => number) {
    this.#nowMs = nowMs;
    this.#perHourMax = perHourMax;
  }

  /** False: that is more than is left. What was asked for is spent either way. */
  spend(principalId: string, count: number): boolean {
    const hour = Math.floor(this.#nowMs() / HOUR_MS);
    if (hour !== this.#hour) {
      this.#hour = hour;
      this.#spent.clear();
    }
    const spent = (this.#spent.get(principalId) ?? 0) + count;
    this.#spent.set(principalId, spent);
    return spent <= this.#perHourMax();
  }
}
