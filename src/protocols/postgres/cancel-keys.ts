import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { CancelRequest } from '../../wire/postgres/cancel-request.ts';
import { KeptKey } from './kept-key.ts';

/** Bytes of a cancel key in protocol 3.0, and in 3.2 as servers make them. */
const KEY_BYTES_3_0 = 4;
const KEY_BYTES_3_2 = 32;
/** Wrong keys for one session before its cancel requests are ignored: a 4-byte key can be guessed. */
const WRONG_KEYS_MAX = 16;

interface Entry {
  readonly key: CancelKey;
  readonly cancel: () => Promise<void>;
}

/** The key that a client shows to cancel what its session runs. Its secret is never the target's. */
export interface CancelKey {
  /** The target's own, which clients may compare with `pg_backend_pid()`. Two targets may have the same. */
  readonly processId: number;
  readonly secretKey: Buffer;
}

/** Sessions whose keys have the same process id. */
interface Entries {
  readonly sessions: Entry[];
  wrongKeys: number;
}

/** Finds the session that a cancel request means. The answer to a client is the same for any key. */
export class CancelKeys {
  readonly #entries = new Map<number, Entries>();
  readonly #passOn: ((request: CancelRequest) => void) | undefined;

  /** @param passOn Told of requests for sessions of other processes of this gateway. */
  constructor(passOn?: (request: CancelRequest) => void) {
    this.#passOn = passOn;
  }

  /**
   * Mints a key. `cancel` is called when a client shows it.
   *
   * @param minorVersion Of the client's protocol 3: from 3.2 on keys can be long.
   */
  add(processId: number, minorVersion: number, cancel: () => Promise<void>): CancelKey {
    const secretKey = randomBytes(minorVersion >= 2 ? KEY_BYTES_3_2 : KEY_BYTES_3_0);
    const key = new KeptKey(processId, secretKey);
    const entries = this.#entries.get(processId);
    if (entries !== undefined) entries.sessions.push({ key, cancel });
    else this.#entries.set(processId, { sessions: [{ key, cancel }], wrongKeys: 0 });
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
  async cancel(request: CancelRequest): Promise<void> {
    const taken = this.cancelHere(request);
    this.#passOn?.(request);
    await taken;
  }

  /** Like `cancel`, for requests that another process passed on. */
  async cancelHere({ processId, secretKey }: CancelRequest): Promise<void> {
    const entries = this.#entries.get(processId);
    if (entries === undefined || entries.wrongKeys >= WRONG_KEYS_MAX) return;
    const found = entries.sessions.find(({ key }) => {
      const own = key.secretKey;
      return own.length === secretKey.length && timingSafeEqual(own, secretKey);
    });
    if (found === undefined) entries.wrongKeys += 1;
    else await found.cancel();
  }
}
