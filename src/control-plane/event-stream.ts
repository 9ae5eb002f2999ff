import type { StreamMessage } from './answer.ts';

/** What ends a stream beside its source. */
export interface EventStreamOptions {
  /** Asked with each sign of life: an answer that lasts must not outlive its sign-in, or its permit. */
  readonly isStillEntitled: () => Promise<boolean>;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}

/** Milliseconds between signs of life, by which a client sees that the connection is gone. */
const HEARTBEAT_MS = 15_000;
/** Messages that wait for a client that does not read. */
const WAITING_MAX = 1_000;
/** Messages of a source that can be asked for more: each may be a row of megabytes. */
const PIPED_MAX = 8;

/**
 * Server-sent events on their way to one client: pushed on one side, read on the other. For a client that
 * does not keep up it ends: whoever listens anew reads everything anew.
 */
export class EventStream implements AsyncIterable<StreamMessage> {
  readonly #waiting: StreamMessage[] = [];
  readonly #ended = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #wake: (() => void) | undefined;
  #onDrain: (() => void) | undefined;

  constructor({ isStillEntitled, signal }: EventStreamOptions) {
    this.#timer = setInterval(() => void this.#beat(isStillEntitled), HEARTBEAT_MS);
    this.#timer.unref();
    if (signal.aborted) this.end();
    else signal.addEventListener('abort', () => this.end(), { once: true });
  }

  /** Aborted when the stream has ended, whichever side ended it. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  push(name: string, data: unknown): void {
    this.#add({ kind: 'event', name, data });
  }

  end(): void {
    clearInterval(this.#timer);
    this.#ended.abort();
    this.#wake?.();
    this.#onDrain?.();
  }

  /** Sends on what a source has, at the pace of the client, and ends with it. */
  async pipe(source: AsyncIterable<{ readonly kind: string }>): Promise<void> {
    try {
      for await (const event of source) {
        if (this.#ended.signal.aborted) return;
        this.push(event.kind, event);
        while (this.#waiting.length >= PIPED_MAX && !this.#ended.signal.aborted) {
          await this.#drained();
        }
      }
    } catch {
      // The source is damaged or gone: the client sees that the stream ends.
    } finally {
      this.end();
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<StreamMessage, void> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next !== undefined) {
        this.#onDrain?.();
        yield next;
      } else if (this.#ended.signal.aborted) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#onDrain = resolve;
    });
  }

  #add(message: StreamMessage): void {
    if (this.#ended.signal.aborted) return;
    if (this.#waiting.length >= WAITING_MAX) {
      this.#waiting.length = 0;
      return this.end();
    }
    this.#waiting.push(message);
    this.#wake?.();
  }

  async #beat(isStillEntitled: () => Promise<boolean>): Promise<void> {
    try {
      if (await isStillEntitled()) return this.#add({ kind: 'heartbeat' });
    } catch {
      // Who cannot be asked after cannot be shown anything.
    }
    this.end();
  }
}
