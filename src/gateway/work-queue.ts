/** Does things in the order in which they came, a few at a time. */
export class WorkQueue {
  readonly #concurrentMax: number;
  readonly #waiting: (() => Promise<void>)[] = [];
  readonly #idle: (() => void)[] = [];
  #running = 0;

  constructor(concurrentMax: number) {
    this.#concurrentMax = concurrentMax;
  }

  /** @param work Must not reject. */
  add(work: () => Promise<void>): void {
    this.#waiting.push(work);
    this.#next();
  }

  /** Resolves once nothing is left to do. */
  idle(): Promise<void> {
    if (this.#running === 0 && this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle.push(resolve);
    });
  }

  #next(): void {
    while (this.#running < this.#concurrentMax) {
      const work = this.#waiting.shift();
      if (work === undefined) break;
      this.#running += 1;
      void work().finally(() => {
        this.#running -= 1;
        this.#next();
      });
    }
    if (this.#running > 0 || this.#waiting.length > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
