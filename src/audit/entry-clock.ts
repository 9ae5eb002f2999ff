/** Wall-clock times as entries have them: `2026-01-02T03:04:05.678Z`. */
export class EntryClock {
  readonly #nowMs: () => number;
  #atMs = Number.NaN;
  #at = '';

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Formatting a date costs as much as hashing an entry, and many entries share a millisecond. */
  format(): string {
    const nowMs = this.#nowMs();
    if (nowMs !== this.#atMs) {
      this.#atMs = nowMs;
      this.#at = new Date(nowMs).toISOString();
    }
    return this.#at;
  }
}
