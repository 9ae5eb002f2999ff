import type { BrowserSignIns } from '../identity/browser-sign-ins.ts';
import type { TokenStore } from '../identity/token-store.ts';
import { logUnexpectedError } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import type { GatewaySession } from './gateway-session.ts';
import type { SessionRegistry } from './session-registry.ts';

/** Milliseconds between looks, for what nobody announced: a sign-in that was not used for long. */
const INTERVAL_MS = 30_000;

/** Where it is known whether what somebody signed in by still counts. */
export interface RevocationSources {
  readonly tokens: Pick<TokenStore, 'find'>;
  readonly signIns: Pick<BrowserSignIns, 'authenticateHash'>;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: () => number;
}

/**
 * Whether what somebody signed in by is neither revoked nor over. Rejects if that cannot be told.
 *
 * @param hash Of a Sallyport token, an SSH certificate or the secret of a sign-in in a browser.
 * @param isUsed Whether a sign-in in a browser is used by that.
 */
export async function stillCounts(
  { tokens, signIns }: Omit<RevocationSources, 'nowMs'>,
  hash: Buffer,
  isUsed: boolean,
): Promise<boolean> {
  const record = await tokens.find(hash);
  if (record !== undefined) return record.revokedAtMs === undefined;
  return (await signIns.authenticateHash(hash, isUsed)) !== undefined;
}

/**
 * Ends the sessions that live on a Sallyport token once it is revoked, or on a sign-in in a browser once it is over,
 * on whichever gateway that was.
 */
export class RevocationWatch implements Disposable {
  readonly #registry: SessionRegistry;
  readonly #sources: RevocationSources;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  #isLooking = false;
  /** Whether something changed since the look began. */
  #looksAgain = false;

  constructor(registry: SessionRegistry, sources: RevocationSources, log: Log) {
    this.#registry = registry;
    this.#sources = sources;
    this.#log = log;
    this.#timer = setInterval(() => void this.look(), INTERVAL_MS);
    this.#timer.unref();
  }

  /** Looks once. What the store cannot tell is left for the next look; tokens expire by themselves. */
  async look(): Promise<void> {
    this.#looksAgain = this.#isLooking;
    if (this.#isLooking) return;
    this.#isLooking = true;
    let failure: unknown;
    for (const [hash, sessions] of this.#registry.byTokenHash()) {
      try {
        if (await this.#counts(Buffer.from(hash, 'hex'), sessions)) continue;
        for (const session of sessions) session.abort('principal-disabled');
      } catch (error) {
        failure = error; // What cannot be told of one holds up no other.
      }
    }
    if (failure !== undefined) logUnexpectedError(this.#log, 'token store', failure);
    this.#isLooking = false;
    if (this.#looksAgain) await this.look();
  }

  #counts(hash: Buffer, sessions: readonly GatewaySession[]): Promise<boolean> {
    const { nowMs } = this.#sources;
    // A sign-in in a browser is used where its sessions are.
    const isUsed = sessions.some((one) => nowMs() - one.lastActivityAtMs < INTERVAL_MS);
    return stillCounts(this.#sources, hash, isUsed);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
