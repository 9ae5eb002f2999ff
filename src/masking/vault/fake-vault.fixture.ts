import { spellToken } from './token-text.ts';
import { type TokenVault, type VaultItem, vaultKey } from './token-vault.ts';

/** A vault without a store: what it was not asked to load is not in memory. */
export class FakeVault implements TokenVault {
  readonly tokens: Map<string, string> = new Map();
  readonly values: Map<string, string> = new Map();
  /** How many were loaded at a time. */
  readonly loads: number[] = [];
  /** Forgets at once what it loaded, as a crowded memory would. */
  isCrowded = false;
  /** Has in memory only what it loaded last. */
  isForgetful = false;
  isAway = false;
  #loadedLast = new Set<string>();

  findToken(value: VaultItem): string | undefined {
    const key = vaultKey(value);
    return this.#remembers(key) ? this.tokens.get(key) : undefined;
  }

  findValue(token: VaultItem): string | undefined {
    const key = vaultKey(token);
    return this.#remembers(key) ? this.values.get(key) : undefined;
  }

  loadTokens(values: readonly VaultItem[]): Promise<ReadonlyMap<string, string>> {
    if (this.isAway) return Promise.reject(new Error('the store is away'));
    this.loads.push(values.length);
    const loaded = values.map((value): readonly [string, string] => {
      const key = vaultKey(value);
      const token = this.tokens.get(key) ?? this.#mint(value);
      return [key, token];
    });
    this.#loadedLast = new Set(loaded.map(([key]) => key));
    return Promise.resolve(new Map(loaded));
  }

  loadValues(tokens: readonly VaultItem[]): Promise<ReadonlyMap<string, string | null>> {
    if (this.isAway) return Promise.reject(new Error('the store is away'));
    this.loads.push(tokens.length);
    const loaded = tokens.map((token): readonly [string, string | null] => [
      vaultKey(token),
      this.values.get(vaultKey(token)) ?? null,
    ]);
    this.#loadedLast = new Set(loaded.map(([key]) => key));
    return Promise.resolve(new Map(loaded));
  }

  #remembers(key: string): boolean {
    return !this.isCrowded && (!this.isForgetful || this.#loadedLast.has(key));
  }

  /** Not random: the n-th value gets the n-th token. */
  #mint(value: VaultItem): string {
    const bytes = Buffer.alloc(32, this.tokens.size + 1);
    const token = spellToken(value.form, 1, bytes);
    this.tokens.set(vaultKey(value), token);
    this.values.set(vaultKey({ ...value, text: token }), value.text);
    return token;
  }
}
