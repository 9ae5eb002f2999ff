import { randomBytes } from 'node:crypto';
import type { PseudonymMemory } from '../masking/vault/pseudonym-memory.ts';
import {
  derivePseudonymSealKeys,
  hashPseudonym,
  openPseudonym,
  type PseudonymSealKeys,
  type PseudonymStorage,
  sealPseudonym,
} from '../masking/vault/seal-pseudonym.ts';
import { NONCE_BYTES } from '../masking/vault/seal-text.ts';
import { KnownPseudonyms } from './known-pseudonyms.ts';
import { RecentTexts } from './recent-texts.ts';

/** Pseudonyms kept in memory: about 20 MB. */
const KEPT_MAX = 65_536;
/** Pseudonyms that wait to be stored, at most about 50 MB: more are forgotten until they are shown again. */
const WAITING_MAX = 262_144;
/** Pseudonyms asked of the store in one statement. */
const LOADED_MAX = 4_096;
/** Pseudonyms sealed at once, while everybody else waits, and given to the store in one statement. */
const STORED_MAX = 512;
/** Milliseconds until what could not be stored is tried again, with what came since. */
const RETRY_MS = 5_000;

export interface PseudonymsParts {
  /** 32 bytes, of which the keys derive that what is stored is sealed with. */
  readonly masterKey: Buffer;
  readonly storage: PseudonymStorage;
  /** Told that the store cannot be written. It is tried again. */
  readonly onError: (error: unknown) => void;
}

/** What stored pseudonyms stand for cannot be told. Says nothing of what it is. */
export class PseudonymsError extends Error {
  override readonly name = 'PseudonymsError';
  readonly code = 'ERR_PSEUDONYMS';
}

/** The pseudonyms that one process has handed out; all processes on the same store and masking key know them. */
export class StoredPseudonyms implements PseudonymMemory {
  readonly #keys: PseudonymSealKeys;
  readonly #storage: PseudonymStorage;
  readonly #onError: (error: unknown) => void;
  readonly #recent = new RecentTexts(KEPT_MAX);
  /** Stored by this process. */
  readonly #stored = new KnownPseudonyms();
  /** Not stored yet. */
  readonly #waiting = new Map<string, string>();
  #storing: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor({ masterKey, storage, onError }: PseudonymsParts) {
    this.#keys = derivePseudonymSealKeys(masterKey);
    this.#storage = storage;
    this.#onError = onError;
  }

  remember(pseudonym: string, value: string): void {
    if (this.#stored.has(pseudonym) || this.#recent.get(pseudonym) !== undefined) return;
    this.#recent.set(pseudonym, value);
    if (this.#waiting.size === WAITING_MAX) return;
    this.#waiting.set(pseudonym, value);
    if (this.#retry === undefined) this.#storing ??= this.#store();
  }

  find(pseudonym: string): string | undefined {
    return this.#recent.get(pseudonym);
  }

  async load(pseudonyms: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
    const found = new Map<string, string | null>();
    for (let start = 0; start < pseudonyms.length; start += LOADED_MAX) {
      const byHash = new Map(
        pseudonyms
          .slice(start, start + LOADED_MAX)
          .map((pseudonym) => [this.#hash(pseudonym), pseudonym]),
      );
      const hashes = [...byHash.keys()].map((hash) => Buffer.from(hash, 'hex'));
      for (const sealed of await this.#storage.find(hashes)) {
        const pseudonym = byHash.get(sealed.pseudonymHash.toString('hex'));
        if (pseudonym === undefined) continue;
        const value = this.#open(sealed);
        this.#recent.set(pseudonym, value);
        found.set(pseudonym, value);
      }
    }
    for (const pseudonym of pseudonyms) {
      if (!found.has(pseudonym)) found.set(pseudonym, this.#waiting.get(pseudonym) ?? null);
    }
    return found;
  }

  /** Resolves once all that can be stored now is. */
  async stored(): Promise<void> {
    await this.#storing;
  }

  /** Stores what waits, and what comes meanwhile. Never rejects. */
  async #store(): Promise<void> {
    // What one response shows is stored together.
    await new Promise(setImmediate);
    try {
      let waiting = this.#waiting.entries();
      while (this.#waiting.size > 0) {
        const batch = takeBatch(waiting);
        if (batch.length === 0) {
          // It came to its end before the last of them came.
          waiting = this.#waiting.entries();
          continue;
        }
        const nonces = randomBytes(batch.length * NONCE_BYTES);
        await this.#storage.insert(
          batch.map(([pseudonym, value], index) => {
            const start = index * NONCE_BYTES;
            const nonce = nonces.subarray(start, start + NONCE_BYTES);
            return sealPseudonym(this.#keys, pseudonym, value, nonce);
          }),
        );
        for (const [pseudonym] of batch) {
          this.#waiting.delete(pseudonym);
          this.#stored.add(pseudonym);
        }
      }
    } catch (error) {
      this.#onError(error);
      this.#retry = setTimeout(() => {
        this.#retry = undefined;
        this.#storing ??= this.#store();
      }, RETRY_MS);
      this.#retry.unref();
    } finally {
      this.#storing = undefined;
    }
  }

  #open(sealed: Parameters<typeof openPseudonym>[1]): string {
    try {
      return openPseudonym(this.#keys, sealed);
    } catch (cause) {
      throw new PseudonymsError('Cannot open a stored pseudonym: it was changed', { cause });
    }
  }

  #hash(pseudonym: string): string {
    return hashPseudonym(this.#keys, pseudonym).toString('hex');
  }
}

/** As many as are stored together; where a map's entries came to an end, there are none any more. */
function takeBatch(waiting: MapIterator<[string, string]>): readonly (readonly [string, string])[] {
  const batch: [string, string][] = [];
  while (batch.length < STORED_MAX) {
    const next = waiting.next();
    if (next.done === true) break;
    batch.push(next.value);
  }
  return batch;
}
