import type { TokenStore } from '../identity/token-store.ts';
import { logUnexpectedError } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import type { SessionRegistry } from './session-registry.ts';

/** Milliseconds between looks: a revoked token ends its sessions this soon. */
const INTERVAL_MS = 30_000;

/** Ends the sessions that live on a Sallyport token once it is revoked, on whichever gateway that was. */
export class RevocationWatch implements Disposable {
  readonly #registry: SessionRegistry;
  readonly #tokens: TokenStore;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  #isLooking = false;

  constructor(registry: SessionRegistry, tokens: TokenStore, log: Log) {
    this.#registry = registry;
    this.#tokens = tokens;
    this.#log = log;
    this.#timer = setInterval(() => void this.look(), INTERVAL_MS);
    this.#timer.unref();
  }

  /** Looks once. What the store cannot tell is left for the next look; tokens expire by themselves. */
  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      for (const [hash, sessions] of this.#registry.byTokenHash()) {
        const record = await this.#tokens.find(Buffer.from(hash, 'hex'));
        if (record !== undefined && record.revokedAtMs === undefined) continue;
        for (const session of sessions) session.abort('principal-disabled');
      }
    } catch (error) {
      logUnexpectedError(this.#log, 'token store', error);
    } finally {
      this.#isLooking = false;
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
