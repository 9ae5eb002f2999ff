/** Milliseconds that a request waits before its target is looked for. */
const TICK_MS = 5_000;
/**
 * Ticks from the first look to the second. While a target takes connections and answers nothing, they are twice as many
 * each time: what a look leaves with it stands in a queue, which may be short, until it comes to that.
 */
const PAUSE_MIN = 2;

/** A request that has no response yet. */
interface Waiting {
  /** Ticks before it. */
  readonly since: number;
  readonly onCutOff: () => void;
}

/**
 * Requests to one target that have no response yet. A connection that is cut off says nothing, as a target does that
 * takes its time: while requests wait, it is tried whether their target can still be reached, for all of them at once.
 */
export class Unanswered {
  readonly #isReachable: () => Promise<boolean>;
  readonly #requests = new Map<object, Waiting>();
  #ticks = 0;
  #nextLook = 0;
  #pause = PAUSE_MIN;
  #answers = 0;
  #isLooking = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param isReachable Whether the target still takes connections, or at least says that it does not. */
  constructor(isReachable: () => Promise<boolean>) {
    this.#isReachable = isReachable;
  }

  /** @param onCutOff Told if it waited before a look that found nobody, and waits still. */
  add(request: object, onCutOff: () => void): void {
    this.#requests.set(request, { since: this.#ticks, onCutOff });
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS).unref();
  }

  /** Its response has come, so the target is there. */
  answer(request: object): void {
    this.#requests.delete(request);
    this.#answers += 1;
    this.#lookSoon();
  }

  /** Nobody waits for its response any more. */
  delete(request: object): void {
    this.#requests.delete(request);
  }

  #tick(): void {
    if (this.#requests.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#lookSoon();
      return;
    }
    const late = [...this.#requests].filter(([, { since }]) => since < this.#ticks);
    this.#ticks += 1;
    if (late.length === 0 || this.#isLooking || this.#ticks < this.#nextLook) return;
    void this.#look(late);
  }

  #lookSoon(): void {
    this.#nextLook = 0;
    this.#pause = PAUSE_MIN;
  }

  async #look(late: readonly (readonly [object, Waiting])[]): Promise<void> {
    const answers = this.#answers;
    this.#isLooking = true;
    const isReachable = await this.#isReachable();
    this.#isLooking = false;
    if (isReachable) {
      this.#nextLook = this.#ticks + this.#pause;
      this.#pause *= 2;
      return;
    }
    // One that has more to do than it can takes no connections, and goes on answering.
    if (this.#answers > answers) return;
    for (const [request, waiting] of late) {
      // Neither given up meanwhile, nor sent again.
      if (this.#requests.get(request) === waiting) waiting.onCutOff();
    }
  }
}
