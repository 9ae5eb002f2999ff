import { type TokenVault, type VaultItem, vaultKey } from './token-vault.ts';

/** What one session looks up in the vault in one direction: at once where it is in memory, else after {@link load}. */
export class TokenLookups {
  readonly #find: (item: VaultItem) => string | null | undefined;
  readonly #load: (items: readonly VaultItem[]) => Promise<ReadonlyMap<string, string | null>>;
  readonly #wanted = new Map<string, VaultItem>();
  /** What the last load brought, kept until the next: memory may have let go of it. */
  #loaded: ReadonlyMap<string, string | null> = new Map();

  /** @param direction `tokens`: values are given, their tokens wanted; `values`: the other way round. */
  constructor(vault: TokenVault, direction: 'tokens' | 'values') {
    const isForTokens = direction === 'tokens';
    this.#find = (item) => (isForTokens ? vault.findToken(item) : vault.findValue(item));
    this.#load = (items) => (isForTokens ? vault.loadTokens(items) : vault.loadValues(items));
  }

  /** Something was looked up that is not in memory. */
  get isWanting(): boolean {
    return this.#wanted.size > 0;
  }

  /** Undefined: it has to be loaded; null: there is no such thing. */
  find(item: VaultItem): string | null | undefined {
    const key = vaultKey(item);
    const found = this.#loaded.get(key) ?? this.#find(item);
    if (found !== undefined) return found;
    if (this.#loaded.has(key)) return null;
    this.#wanted.set(key, item);
    return undefined;
  }

  /** What was looked up in vain will not be asked for again. */
  forget(): void {
    this.#wanted.clear();
  }

  /**
   * Loads all that was looked up in vain since the last call.
   *
   * @throws If the store cannot be asked.
   */
  async load(): Promise<void> {
    const wanted = [...this.#wanted.values()];
    this.#wanted.clear();
    this.#loaded = await this.#load(wanted);
  }
}
