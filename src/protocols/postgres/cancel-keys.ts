import { randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import type { CancelRequest } from '../../wire/postgres/cancel-request.ts';

/** Bytes of a cancel key in protocol 3.0, and in 3.2 as servers make them. */
const KEY_BYTES_3_0 = 4;
const KEY_BYTES_3_2 = 32;
/** Wrong keys for one session before its cancel requests are ignored: a 4-byte key can be guessed. */
const WRONG_KEYS_MAX = 16;

interface Entry {
  readonly secretKey: Buffer;
  readonly cancel: () => void;
  wrongKeys: number;
}

/** The key that a client shows to cancel what its session runs. Never the target's own key. */
export interface CancelKey {
  readonly processId: number;
  readonly secretKey: Buffer;
}

/** Finds the session that a cancel request means. The answer to a client is the same for any key. */
export class CancelKeys {
  readonly #entries = new Map<number, Entry>();
  readonly #passOn: ((request: CancelRequest) => void) | undefined;

  /** @param passOn Told of requests for sessions of other processes of this gateway. */
  constructor(passOn?: (request: CancelRequest) => void) {
    this.#passOn = passOn;
  }

  /** Mints a key. `cancel` is called when a client shows it. */
  add(minorVersion: number, cancel: () => void): CancelKey {
    let processId: number;
    do {
      processId = randomInt(1, 2 ** 31 - 1);
    } while (this.#entries.has(processId));
    const secretKey = randomBytes(minorVersion >= 2 ? KEY_BYTES_3_2 : KEY_BYTES_3_0);
    this.#entries.set(processId, { secretKey, cancel, wrongKeys: 0 });
    return { processId, secretKey };
  }

  delete({ processId }: CancelKey): void {
    this.#entries.delete(processId);
  }

  /** Cancels if the key is right; says nothing about it. */
  cancel(request: CancelRequest): void {
    const entry = this.#entries.get(request.processId);
    if (entry === undefined) return this.#passOn?.(request);
    if (entry.wrongKeys >= WRONG_KEYS_MAX) return;
    const { secretKey } = entry;
    if (
      secretKey.length === request.secretKey.length &&
      timingSafeEqual(secretKey, request.secretKey)
    ) {
      entry.cancel();
    } else {
      entry.wrongKeys += 1;
    }
  }
}
