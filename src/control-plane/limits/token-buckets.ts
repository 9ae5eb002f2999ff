/** How often something may be done: `burst` at once, then `perSecond`. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

interface Bucket {
  readonly level: number;
  readonly atMs: number;
}

/** Keys that are remembered: about 10 MiB. The one that was not used for longest is forgotten first. */
const KEYS_MAX = 50_000;

/** What is left of a rate, for each key by itself. */
export class TokenBuckets {
  readonly #buckets = new Map<string, Bucket>();

  /**
   * Takes `cost` from a key's bucket, if that much is there.
   *
   * @returns Undefined if it was; else milliseconds until it will be.
   */
  take(key: string, cost: number, rate: Rate, nowMs: number): number | undefined {
    const { burst, perSecond } = rate;
    const before = this.#buckets.get(key) ?? { level: burst, atMs: nowMs };
    const passedMs = Math.max(0, nowMs - before.atMs);
    const level = Math.min(burst, before.level + (passedMs / 1_000) * perSecond);
    // What costs more than there ever is waits for a full bucket.
    const price = Math.min(cost, burst);
    const isThere = level >= price;
    this.#buckets.delete(key);
    this.#buckets.set(key, { level: isThere ? level - price : level, atMs: nowMs });
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= KEYS_MAX) break;
      this.#buckets.delete(oldest);
    }
    return isThere ? undefined : Math.ceil(((price - level) / perSecond) * 1_000);
  }
}
