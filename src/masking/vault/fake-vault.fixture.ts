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
  isAway = false;

  findToken(value: VaultItem): string | undefined {
    return this.isCrowded ? undefined : this.tokens.get(vaultKey(value));
  }

  findValue(token: VaultItem): string | undefined {
    return this.isCrowded ? undefined : this.values.get(vaultKey(token));
  }

  loadTokens(values: readonly VaultItem[]): Promise<ReadonlyMap<string, string>> {
    if (this.isAway) return Promise.reject(new Error('the store is away'));
    this.loads.push(values.length);
    const loaded = values.map((value): readonly [string, string] => {
      const key = vaultKey(value);
      const token = this.tokens.get(key) ?? this.#mint(value);
      return [key, token];
    });
    return Promise.resolve(new Map(loaded));
  }

  loadValues(tokens: readonly VaultItem[]): Promise<ReadonlyMap<string, string | null>> {
    if (this.isAway) return Promise.reject(new Error('the store is away'));
    this.loads.push(tokens.length);
    const loaded = tokens.map((token): readonly [string, string | null] => [
      vaultKey(token),
      this.values.get(vaultKey(token)) ?? null,
    ]);
    return Promise.resolve(new Map(loaded));
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
