import { EncryptionError } from './encryption-error.ts';
import type { MasterKey } from './master-key.ts';

/** A master key, and those before it, which still open what they wrapped. */
export class MasterKeyRing implements MasterKey {
  readonly current: MasterKey;
  readonly #previous: readonly MasterKey[];

  constructor(current: MasterKey, previous: readonly MasterKey[]) {
    this.current = current;
    this.#previous = previous;
  }

  get description(): string {
    return this.current.description;
  }

  wrap(key: Buffer, purpose: string): Promise<string> {
    return this.current.wrap(key, purpose);
  }

  /** What all of them refuse is refused as the current one does. */
  async unwrap(wrapped: string, purpose: string): Promise<Buffer> {
    try {
      return await this.current.unwrap(wrapped, purpose);
    } catch (refusal) {
      if (!isRefusal(refusal)) throw refusal;
      for (const key of this.#previous) {
        const found = await key.unwrap(wrapped, purpose).catch(ignoreRefusal);
        if (found !== undefined) return found;
      }
      throw refusal;
    }
  }
}

function ignoreRefusal(error: unknown): undefined {
  if (!isRefusal(error)) throw error;
}

function isRefusal(error: unknown): boolean {
  return error instanceof EncryptionError && error.code === 'ERR_KEY_REFUSED';
}
