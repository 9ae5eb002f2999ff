/** Something that is read, and until when it may be believed; milliseconds of the clock it is read by. */
export interface ReadValue<Value> {
  readonly value: Value;
  readonly untilMs: number;
}

/** Something that is read from elsewhere and kept for a while; whoever asks meanwhile waits for the same reading. */
export class FreshValue<Value> {
  readonly #read: () => Promise<ReadValue<Value>>;
  readonly #nowMs: () => number;
  #known: ReadValue<Value> | undefined;
  #reading: Promise<Value> | undefined;

  constructor(read: () => Promise<ReadValue<Value>>, nowMs: () => number) {
    this.#read = read;
    this.#nowMs = nowMs;
  }

  /** At once if it is known. Rejects as the reading does; the next to ask begins another. */
  get(): Value | Promise<Value> {
    const known = this.#known;
    if (known !== undefined && this.#nowMs() < known.untilMs) return known.value;
    this.#reading ??= this.#readAnew();
    return this.#reading;
  }

  /** It is read anew for the next who asks. */
  forget(): void {
    this.#known = undefined;
  }

  async #readAnew(): Promise<Value> {
    try {
      this.#known = await this.#read();
      return this.#known.value;
    } finally {
      this.#reading = undefined;
    }
  }
}
