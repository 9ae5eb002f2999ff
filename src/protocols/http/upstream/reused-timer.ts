/**
 * A timer that is started and stopped with every request of a connection, and made but once. It keeps no process
 * running.
 */
export class ReusedTimer {
  readonly #onLate: () => void;
  #timer: NodeJS.Timeout | undefined;
  /** Of `#timer`. */
  #afterMs = 0;
  #isRunning = false;

  constructor(onLate: () => void) {
    this.#onLate = onLate;
  }

  /** Calls `onLate` so many milliseconds from now, unless it is stopped or started again before. */
  start(afterMs: number): void {
    this.#isRunning = true;
    if (this.#timer !== undefined && afterMs === this.#afterMs) {
      this.#timer.refresh();
      return;
    }
    clearTimeout(this.#timer);
    this.#afterMs = afterMs;
    this.#timer = setTimeout(this.#ring, afterMs).unref();
  }

  stop(): void {
    this.#isRunning = false;
  }

  /** Lets go of what it is made of. */
  close(): void {
    this.stop();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  readonly #ring = (): void => {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    this.#onLate();
  };
}
