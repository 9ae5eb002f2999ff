import type { SessionIndex } from '../recording/session-index.ts';
import { logUnexpectedError } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import type { SessionRegistry } from './session-registry.ts';

/** Milliseconds between looks: a session that somebody ends from outside runs at most this much longer. */
const INTERVAL_MS = 1_000;

/** Ends the sessions of this process that somebody asked to end, through whichever control plane that was. */
export class StopWatch implements Disposable {
  readonly #registry: Pick<SessionRegistry, 'find' | 'isEmpty'>;
  readonly #sessions: Pick<SessionIndex, 'listStopRequests'>;
  readonly #gateway: string;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  #isLooking = false;

  constructor(
    registry: Pick<SessionRegistry, 'find' | 'isEmpty'>,
    sessions: Pick<SessionIndex, 'listStopRequests'>,
    gateway: string,
    log: Log,
  ) {
    this.#registry = registry;
    this.#sessions = sessions;
    this.#gateway = gateway;
    this.#log = log;
    this.#timer = setInterval(() => void this.look(), INTERVAL_MS);
    this.#timer.unref();
  }

  /** Looks once. What the store cannot tell is left for the next look. */
  async look(): Promise<void> {
    if (this.#isLooking || this.#registry.isEmpty) return;
    this.#isLooking = true;
    try {
      for (const id of await this.#sessions.listStopRequests(this.#gateway)) {
        this.#registry.find(id)?.abort('stopped');
      }
    } catch (error) {
      logUnexpectedError(this.#log, 'session stops', error);
    } finally {
      this.#isLooking = false;
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
