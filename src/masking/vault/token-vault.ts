import type { KeyedForm } from './keyed-form.ts';

/** A token, or what one stands for. */
export interface VaultItem {
  /** Of the column it belongs to; see `KeyedColumn`. */
  readonly id: string;
  readonly form: KeyedForm;
  /** The value as text: numbers in decimal, UUIDs in lower case. */
  readonly text: string;
}

/**
 * Knows which random token stands for which value. Finding is synchronous, and goes by what is in memory;
 * loading asks the store.
 */
export interface TokenVault {
  /** Undefined: not in memory. */
  findToken(value: VaultItem): string | undefined;
  /** Undefined: not in memory; null: nothing has this token. */
  findValue(token: VaultItem): string | null | undefined;
  /**
   * The tokens of values, by {@link vaultKey}, minted where there are none yet. All of them are stored.
   *
   * @throws If the store cannot be asked.
   */
  loadTokens(values: readonly VaultItem[]): Promise<ReadonlyMap<string, string>>;
  /**
   * The values of tokens, by {@link vaultKey}; null for what is no token.
   *
   * @throws If the store cannot be asked.
   */
  loadValues(tokens: readonly VaultItem[]): Promise<ReadonlyMap<string, string | null>>;
}

/** Equal for the same text in the same column. */
export function vaultKey({ id, text }: VaultItem): string {
  return `${id}\0${text}`;
}

/** A token and what it stands for, as the store keeps them: it can tell neither. */
export interface SealedToken {
  /** 32 bytes that only who has the key can compute of the value. */
  readonly valueHash: Buffer;
  /** The same of the token. */
  readonly tokenHash: Buffer;
  readonly sealed: Buffer;
}

/** Where sealed tokens lie. */
export interface TokenStorage {
  findByValues(valueHashes: readonly Buffer[]): Promise<readonly SealedToken[]>;
  findByTokens(tokenHashes: readonly Buffer[]): Promise<readonly SealedToken[]>;
  /** Leaves out those whose value or token is there already, whoever put it there. */
  insert(tokens: readonly SealedToken[]): Promise<void>;
}
