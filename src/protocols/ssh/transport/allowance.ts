/** So many of something at once, and so many a second from then on. */
export class Allowance {
  readonly #most: number;
  readonly #perSecond: number;
  #left: number;
  #sinceMs: number;

  constructor(most: number, perSecond: number, nowMs: number) {
    this.#most = most;
    this.#perSecond = perSecond;
    this.#left = most;
    this.#sinceMs = nowMs;
  }

  /** Takes one. Returns whether there was one. */
  take(nowMs: number): boolean {
    const grown = this.#left + ((nowMs - this.#sinceMs) / 1000) * this.#perSecond;
    this.#left = Math.min(this.#most, grown);
    this.#sinceMs = nowMs;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
