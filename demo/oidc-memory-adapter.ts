import type { Adapter, AdapterPayload } from 'oidc-provider';

/** Entries kept; the oldest are dropped, so a demo left running does not grow. */
const ENTRIES_MAX = 10_000;

interface Entry {
  readonly payload: AdapterPayload;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAtMs: number;
}

/**
 * What the demo provider remembers, in memory. It outlives the `Provider` object, which is replaced
 * when keys rotate.
 */
export class OidcMemory {
  readonly #entries: Map<string, Entry> = new Map();

  /** Gives the adapter for one of oidc-provider's models. */
  adapter(model: string): Adapter {
    const find = (matches: (payload: AdapterPayload) => boolean): AdapterPayload | undefined => {
      for (const [key, entry] of this.#entries) {
        if (key.startsWith(`${model}:`) && isAlive(entry) && matches(entry.payload)) {
          return entry.payload;
        }
      }
      return undefined;
    };
    return {
      upsert: async (id, payload, expiresInSeconds) => {
        const lifetimeMs = (expiresInSeconds ?? Number.POSITIVE_INFINITY) * 1000;
        this.#set(`${model}:${id}`, { payload, expiresAtMs: Date.now() + lifetimeMs });
      },
      find: async (id) => {
        const entry = this.#entries.get(`${model}:${id}`);
        return entry !== undefined && isAlive(entry) ? entry.payload : undefined;
      },
      findByUid: async (uid) => find((payload) => payload.uid === uid),
      findByUserCode: async (userCode) => find((payload) => payload.userCode === userCode),
      consume: async (id) => {
        const entry = this.#entries.get(`${model}:${id}`);
        if (entry !== undefined) entry.payload.consumed = Math.floor(Date.now() / 1000);
      },
      destroy: async (id) => {
        this.#entries.delete(`${model}:${id}`);
      },
      revokeByGrantId: async (grantId) => {
        for (const [key, { payload }] of this.#entries) {
          if (payload.grantId === grantId) this.#entries.delete(key);
        }
      },
    };
  }

  #set(key: string, entry: Entry): void {
    const oldest = this.#entries.keys().next();
    if (this.#entries.size >= ENTRIES_MAX && !oldest.done) this.#entries.delete(oldest.value);
    this.#entries.set(key, entry);
  }
}

function isAlive(entry: Entry): boolean {
  return Date.now() < entry.expiresAtMs;
}
