/** Runs tasks one after the other. */
export class SerialQueue {
  #last: Promise<void> = Promise.resolve();
  #length = 0;

  /** Tasks that have not ended, or let the next one begin. */
  get length(): number {
    return this.#length;
  }

  /**
   * @param task Begins when those before it have ended, or called `letNext`.
   * @param fail Told of what a task throws.
   */
  add(task: (letNext: () => void) => Promise<void>, fail: (error: unknown) => void): void {
    this.#length += 1;
    this.#last = this.#last.then(
      () =>
        new Promise((resolve) => {
          const letNext = (): void => {
            if (isOver) return;
            isOver = true;
            this.#length -= 1;
            resolve();
          };
          let isOver = false;
          task(letNext).catch(fail).finally(letNext);
        }),
    );
  }
}
