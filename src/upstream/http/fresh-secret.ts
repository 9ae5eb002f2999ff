import type { ResolveSecret } from '../../targets/secret-resolver.ts';
import { SecretUse } from '../../targets/secrets/secret-use.ts';
import { FreshValue, type ReadValue } from './fresh-value.ts';

/** Makes what is kept of secrets; all that it reads of one secret is of one version. */
export type MakeOfSecrets<Value> = (
  read: (reference: string) => Promise<string>,
) => Promise<ReadValue<Value>>;

/** What is made of secrets and kept for a while, but not longer than they are valid; leases live as long as it is used. */
export class FreshSecret<Value> {
  readonly #value: FreshValue<Value>;
  #use = new SecretUse();
  #rereading: Promise<boolean> | undefined;
  #isEnded = false;

  constructor(make: MakeOfSecrets<Value>, resolveSecret: ResolveSecret, nowMs: () => number) {
    this.#value = new FreshValue(async () => {
      await this.#rereading;
      const use = new SecretUse();
      try {
        const made = await make(async (reference) =>
          (await resolveSecret(reference, use)).toString('utf8'),
        );
        this.#replaceUse(use);
        return made;
      } catch (error) {
        use.end();
        throw error;
      }
    }, nowMs);
  }

  /** At once if it is known. Rejects as the reading does. */
  get(): Value | Promise<Value> {
    if (!this.#use.isValid) this.#value.forget();
    return this.#value.get();
  }

  /** It was not taken: the secrets are read anew at their sources, and what is made of them for the next who asks. */
  forget(): void {
    this.#rereading = this.#use.reread();
    this.#value.forget();
  }

  /** Nobody uses it any more. */
  end(): void {
    this.#isEnded = true;
    this.#use.end();
  }

  #replaceUse(use: SecretUse): void {
    // The new one holds what is the same before the old one lets go of it.
    this.#use.end();
    this.#use = use;
    if (this.#isEnded) use.end();
  }
}
