import type { Http2Session } from 'node:http2';
import { fitWindow } from './fit-window.ts';

/**
 * Whether the other end of a tunnel answers. `suspect`: not for a while, so that nothing new is sent there; it may come
 * back. `dead`: it will not.
 */
export type Liveness = 'alive' | 'suspect' | 'dead';

/** Milliseconds between an answer and the next question. */
const PING_INTERVAL_MS = 400;
/** Milliseconds without an answer. */
const SUSPECT_AFTER_MS = 1_200;
/** Milliseconds without an answer. A link that is cut for less leaves its sessions alive. */
const DEAD_AFTER_MS = 15_000;
const TICK_MS = 100;

/** Asks the other end of a tunnel whether it is there, by PING, and how far away, until it is disposed of. */
export class LivenessWatch implements Disposable {
  readonly #session: Http2Session;
  readonly #onChange: (liveness: Liveness) => void;
  readonly #onPing: (pingMs: number) => void;
  readonly #timer: NodeJS.Timeout;
  #state: Liveness = 'alive';
  /** Milliseconds in ticks of ours: what we do not run does not count against the other end. */
  #waitedMs = 0;
  #isAsked = false;

  constructor(session: Http2Session, onChange: (liveness: Liveness) => void) {
    this.#session = session;
    this.#onChange = onChange;
    this.#onPing = fitWindow(session);
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    if (this.#session.destroyed) return this[Symbol.dispose]();
    this.#waitedMs += TICK_MS;
    if (!this.#isAsked) {
      if (this.#waitedMs >= PING_INTERVAL_MS) this.#ask();
      return;
    }
    if (this.#waitedMs >= DEAD_AFTER_MS) this.#become('dead');
    else if (this.#waitedMs >= SUSPECT_AFTER_MS) this.#become('suspect');
  }

  #ask(): void {
    this.#waitedMs = 0;
    // Node sends no PING on a session that takes no new streams; SETTINGS that change nothing are answered as well.
    if (this.#session.closed) {
      this.#isAsked = true;
      this.#session.settings({}, () => this.#hear());
      return;
    }
    this.#isAsked = this.#session.ping((error, pingMs) => {
      if (error !== null || this.#session.destroyed) return;
      this.#onPing(pingMs);
      this.#hear();
    });
  }

  #hear(): void {
    this.#isAsked = false;
    this.#waitedMs = 0;
    this.#become('alive');
  }

  #become(state: Liveness): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#onChange(state);
  }
}
