import type { HeldSecret } from './leased-secret.ts';

/**
 * One use of secrets, such as a session at a database: what it read stays valid where the source lets it be
 * prolonged, and is given back when the use ends. All that a use reads of one secret is of one version.
 */
export class SecretUse {
  readonly #held = new Map<string, HeldSecret>();
  #isEnded = false;

  /** @internal Of `SecretCache`: what this use read before. */
  find(key: string): HeldSecret | undefined {
    return this.#held.get(key);
  }

  /** @internal Of `SecretCache`. */
  hold(key: string, secret: HeldSecret): void {
    const before = this.#held.get(key);
    if (this.#isEnded || before === secret) return;
    this.#held.set(key, secret);
    secret.hold();
    before?.release();
  }

  /** Whether everything that it read may still be used. */
  get isValid(): boolean {
    for (const secret of this.#held.values()) if (!secret.isValid) return false;
    return true;
  }

  /**
   * The target did not take what was read: it is read anew, once for all who ask now and not again for 10 seconds.
   *
   * @returns Whether anything changed, so that it is worth trying again, with another use. False where it cannot be read.
   */
  async reread(): Promise<boolean> {
    const changes = await Promise.all([...this.#held.values()].map((secret) => secret.reread()));
    return changes.includes(true);
  }

  /** What was read is no longer needed. Calling it again does nothing. */
  end(): void {
    this.#isEnded = true;
    for (const secret of this.#held.values()) secret.release();
    this.#held.clear();
  }
}
