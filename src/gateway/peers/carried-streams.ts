import type { OpenStream } from '../../upstream/open-stream.ts';

/** Counts the streams that a process carries for sessions of others, so that it does not end before they do. */
export class CarriedStreams {
  #count = 0;
  readonly #waiting = new Set<() => void>();

  /** Opens streams as `open` does, and counts them until they are closed. */
  count(open: OpenStream): OpenStream {
    return async (...question) => {
      const opened = await open(...question);
      this.#count += 1;
      opened.stream.once('close', () => {
        this.#count -= 1;
        if (this.#count === 0) for (const resolve of this.#waiting) resolve();
      });
      return opened;
    };
  }

  /** Resolves once there is none. */
  untilNone(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.add(() => resolve());
    });
  }
}
