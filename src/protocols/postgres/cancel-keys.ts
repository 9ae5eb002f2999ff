import { randomBytes, timingSafeEqual } from 'node:crypto';
import { originOf } from '../../identity/client-address.ts';
import type { CancelRequest } from '../../wire/postgres/cancel-request.ts';
import { KeptKey } from './kept-key.ts';

/** Bytes of a cancel key in protocol 3.0, and in 3.2 as servers make them. */
const KEY_BYTES_3_0 = 4;
const KEY_BYTES_3_2 = 32;
/** Wrong keys for a process id before cancel requests from there are ignored for a while: a 4-byte key can be guessed. */
const WRONG_KEYS_MAX = 16;
/** Then so often one more may be wrong: at that pace, half of all keys take longer than a lifetime. */
const WRONG_KEY_INTERVAL_MS = 1_000;

interface Entry {
  readonly key: CancelKey;
  /** Of the client; see `originOf`. */
  readonly origin: string;
  readonly cancel: () => Promise<void>;
}

/** The key that a client shows to cancel what its session runs. Its secret is never the target's. */
export interface CancelKey {
  /** The target's own, which clients may compare with `pg_backend_pid()`. Two targets may have the same. */
  readonly processId: number;
  readonly secretKey: Buffer;
}

/** A session that can be cancelled by a key. */
export interface Cancellable {
  /** Of the process at the target. */
  readonly processId: number;
  /** Of the client's protocol 3: from 3.2 on keys can be long. */
  readonly minorVersion: number;
  readonly clientAddress: string;
}

/** A cancel request that came. */
export interface CancelAttempt extends CancelRequest {
  /** Whence. Empty where another gateway passed it on, which does not say. */
  readonly clientAddress: string;
}

/** Sessions whose keys have the same process id. */
interface Entries {
  readonly sessions: Entry[];
  /** Of requests from where one of the sessions came from. */
  readonly near: WrongKeys;
  /** Of all others: who guesses there takes nothing from those. */
  readonly far: WrongKeys;
}

interface WrongKeys {
  /** When as many may be wrong again as in the beginning, by {@link CancelKeys}' clock. */
  forgottenAtMs: number;
}

/** Finds the session that a cancel request means. The answer to a client is the same for any key. */
export class CancelKeys {
  readonly #entries = new Map<number, Entries>();
  readonly #passOn: ((attempt: CancelAttempt) => void) | undefined;
  readonly #nowMs: () => number;

  /**
   * @param passOn Told of requests for sessions of other processes of this gateway.
   * @param nowMs Milliseconds of a clock that never goes back. Default: since the process began.
   */
  constructor(
    passOn?: (attempt: CancelAttempt) => void,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#passOn = passOn;
    this.#nowMs = nowMs;
  }

  /** Mints a key. */
  add(
    { processId, minorVersion, clientAddress }: Cancellable,
    cancel: () => Promise<void>,
  ): CancelKey {
    const secretKey = randomBytes(minorVersion >= 2 ? KEY_BYTES_3_2 : KEY_BYTES_3_0);
    const key = new KeptKey(processId, secretKey);
    const entry = { key, origin: originOf(clientAddress), cancel };
    const entries = this.#entries.get(processId);
    if (entries !== undefined) entries.sessions.push(entry);
    else {
      const [near, far] = [{ forgottenAtMs: 0 }, { forgottenAtMs: 0 }];
      this.#entries.set(processId, { sessions: [entry], near, far });
    }
    return key;
  }

  /** @param key What `add` returned. */
  delete(key: CancelKey): void {
    const entries = this.#entries.get(key.processId);
    const index = entries?.sessions.findIndex((entry) => entry.key === key) ?? -1;
    if (index === -1) return;
    entries?.sessions.splice(index, 1);
    if (entries?.sessions.length === 0) this.#entries.delete(key.processId);
  }

  /** Cancels if the key is right; says nothing about it. Resolves once a target of this process has taken it. */
  async cancel(attempt: CancelAttempt): Promise<void> {
    const taken = this.cancelHere(attempt);
    this.#passOn?.(attempt);
    await taken;
  }

  /** Like `cancel`, for requests that another process passed on. */
  async cancelHere({ processId, secretKey, clientAddress }: CancelAttempt): Promise<void> {
    const entries = this.#entries.get(processId);
    if (entries === undefined) return;
    const origin = originOf(clientAddress);
    const isNear = entries.sessions.some((session) => session.origin === origin);
    const wrong = isNear ? entries.near : entries.far;
    // Nobody guesses a long key. Who shows one for another's session of the same number takes nothing from those with short ones.
    const isShort = secretKey.length <= KEY_BYTES_3_0;
    if (isShort && this.#isGuessed(wrong)) return;
    const found = entries.sessions.find(({ key }) => {
      const own = key.secretKey;
      return own.length === secretKey.length && timingSafeEqual(own, secretKey);
    });
    if (found !== undefined) await found.cancel();
    else if (isShort) {
      wrong.forgottenAtMs = Math.max(wrong.forgottenAtMs, this.#nowMs()) + WRONG_KEY_INTERVAL_MS;
    }
  }

  /** Whether so many wrong keys came lately that this may be a guess. */
  #isGuessed({ forgottenAtMs }: WrongKeys): boolean {
    return forgottenAtMs - this.#nowMs() > (WRONG_KEYS_MAX - 1) * WRONG_KEY_INTERVAL_MS;
  }
}
