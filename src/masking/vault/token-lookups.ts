import { type TokenVault, type VaultItem, vaultKey } from './token-vault.ts';

/** What one session looks up in the vault in one direction: at once where it is in memory, else after {@link load}. */
export class TokenLookups {
  readonly #find: (item: VaultItem) => string | null | undefined;
  readonly #load: (items: readonly VaultItem[]) => Promise<ReadonlyMap<string, string | null>>;
  readonly #wanted = new Map<string, VaultItem>();
  /** What was found since {@link settle}: memory may let go of it while more of what is wanted with it is loaded. */
  readonly #found = new Map<string, string | null>();
  /** What the last load brought, and what had been found then; kept until the next. */
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
    let found = this.#loaded.get(key) ?? this.#find(item);
    if (found === undefined && this.#loaded.has(key)) found = null;
    if (found === undefined) this.#wanted.set(key, item);
    else this.#found.set(key, found);
    return found;
  }

  /** Nothing waits for what was found so far. */
  settle(): void {
    this.#found.clear();
  }

  /** What was looked up in vain will not be asked for again. */
  forget(): void {
    this.#wanted.clear();
  }

  /**
   * Loads all that was looked up in vain since the last call. All that was looked up since {@link settle} is there then.
   *
   * @throws If the store cannot be asked.
   */
  async load(): Promise<void> {
    const wanted = [...this.#wanted.values()];
    this.#wanted.clear();
    const loaded = await this.#load(wanted);
    this.#loaded = new Map([...this.#found, ...loaded]);
  }
}
