/** Milliseconds that a request waits before its target is looked for, and between looks. */
const LOOK_INTERVAL_MS = 5_000;

/**
 * Requests that have no response yet. A connection that is cut off says nothing, as a target does that takes its time:
 * while requests wait, it is tried whether their target can still be reached, for all of them at once.
 */
export class Unanswered<Request> {
  readonly #isReachable: () => Promise<boolean>;
  readonly #onCutOff: (request: Request) => void;
  /** With how many looks there were before each. */
  readonly #requests = new Map<Request, number>();
  #looks = 0;
  #isLooking = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param onCutOff Told of each request that waited before a look that found nobody, and waits still. */
  constructor(isReachable: () => Promise<boolean>, onCutOff: (request: Request) => void) {
    this.#isReachable = isReachable;
    this.#onCutOff = onCutOff;
  }

  add(request: Request): void {
    this.#requests.set(request, this.#looks);
    this.#timer ??= setInterval(() => this.#tick(), LOOK_INTERVAL_MS).unref();
  }

  delete(request: Request): void {
    this.#requests.delete(request);
  }

  #tick(): void {
    if (this.#requests.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const late = [...this.#requests].filter(([, looks]) => looks < this.#looks);
    this.#looks += 1;
    if (late.length > 0 && !this.#isLooking) void this.#look(late);
  }

  async #look(late: readonly (readonly [Request, number])[]): Promise<void> {
    this.#isLooking = true;
    const isReachable = await this.#isReachable();
    this.#isLooking = false;
    if (isReachable) return;
    for (const [request, looks] of late) {
      // Neither answered meanwhile, nor sent again.
      if (this.#requests.get(request) === looks) this.#onCutOff(request);
    }
  }
}
