import { logUnexpectedError } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';

/** Something that is done again and again. */
export interface ChoreParts {
  /** For the log. */
  readonly name: string;
  /** Milliseconds. */
  readonly intervalMs: number;
  readonly work: () => Promise<void>;
  readonly log: Log;
}

/** Does something now and then, never twice at a time. What fails is logged, and tried again the next time. */
export class Chore implements Disposable {
  readonly #parts: ChoreParts;
  readonly #timer: NodeJS.Timeout;
  #isRunning = false;

  constructor(parts: ChoreParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => void this.run(), parts.intervalMs);
    this.#timer.unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** Does it now, unless it is being done. */
  async run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    const { name, work, log } = this.#parts;
    try {
      await work();
    } catch (error) {
      logUnexpectedError(log, name, error);
    } finally {
      this.#isRunning = false;
    }
  }
}
