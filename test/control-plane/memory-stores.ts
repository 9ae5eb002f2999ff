import type {
  IdempotencyStore,
  OnceKey,
  StoredAnswer,
} from '../../src/control-plane/idempotency.ts';
import type {
  BrowserSignIn,
  BrowserSignInStore,
  OnceOnlyStore,
} from '../../src/identity/browser-sign-in.ts';

/** Sign-ins in memory. */
export class MemorySignInStore implements BrowserSignInStore {
  readonly #signIns = new Map<string, BrowserSignIn>();

  async insert(signIn: BrowserSignIn): Promise<void> {
    this.#signIns.set(signIn.id, signIn);
  }

  async find(secretHash: Buffer): Promise<BrowserSignIn | undefined> {
    return [...this.#signIns.values()].find((one) => one.secretHash.equals(secretHash));
  }

  async touch(id: string, lastUsedAtMs: number): Promise<void> {
    const signIn = this.#signIns.get(id);
    if (signIn !== undefined) this.#signIns.set(id, { ...signIn, lastUsedAtMs });
  }

  async end(id: string, principalId: string): Promise<boolean> {
    if (this.#signIns.get(id)?.principal.id !== principalId) return false;
    return this.#signIns.delete(id);
  }

  async list(principalId: string): Promise<readonly BrowserSignIn[]> {
    return [...this.#signIns.values()]
      .filter(({ principal }) => principal.id === principalId)
      .toReversed();
  }
}

/** Ids that count once, in memory. */
export class MemoryOnceOnlyStore implements OnceOnlyStore {
  readonly #ids = new Set<string>();

  async remember(id: string): Promise<boolean> {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    return true;
  }
}

/** Idempotency keys in memory. */
export class MemoryIdempotencyStore implements IdempotencyStore {
  /** Keys of requests that said that they are still being served. */
  readonly renewed: string[] = [];
  readonly #keys = new Map<string, { readonly once: OnceKey; answer?: StoredAnswer }>();

  async begin(once: OnceKey): ReturnType<IdempotencyStore['begin']> {
    const known = this.#keys.get(nameOf(once));
    if (known === undefined) {
      this.#keys.set(nameOf(once), { once });
      return { state: 'new', claim: 'c' };
    }
    if (!known.once.requestSha256.equals(once.requestSha256)) return { state: 'other-request' };
    return known.answer === undefined
      ? { state: 'running' }
      : { state: 'answered', answer: known.answer };
  }

  async renew(once: OnceKey): Promise<void> {
    this.renewed.push(nameOf(once));
  }

  async finish(once: OnceKey, _claim: string, answer: StoredAnswer): Promise<void> {
    this.#keys.set(nameOf(once), { once, answer });
  }

  async release(once: OnceKey): Promise<void> {
    this.#keys.delete(nameOf(once));
  }
}

function nameOf({ principalId, key }: OnceKey): string {
  return `${principalId} ${key}`;
}
