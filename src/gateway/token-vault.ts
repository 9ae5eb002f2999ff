import { randomBytes } from 'node:crypto';
import { NONCE_BYTES } from '../masking/vault/seal-text.ts';
import {
  deriveTokenKeys,
  hashItem,
  openToken,
  sealToken,
  type TokenKeys,
} from '../masking/vault/seal-token.ts';
import { NO_TOKEN, spellToken } from '../masking/vault/token-text.ts';
import {
  type SealedToken,
  type TokenStorage,
  type TokenVault,
  type VaultItem,
  vaultKey,
} from '../masking/vault/token-vault.ts';
import { RecentTexts } from './recent-texts.ts';

/** Tokens kept in memory, and as many values: about 20 MB of each. */
const KEPT_MAX = 65_536;
/** Tokens asked of the store in one statement. */
const BATCH_MAX = 4_096;
/** Attempts to mint a token that no other value has; only narrow columns need more than one. */
const MINTINGS_MAX = 8;
/** Random bytes of which a token is spelled. */
const TOKEN_BYTES = 32;

export interface TokenVaultParts {
  /** 32 bytes, of which the keys derive that the stored mapping is sealed with. */
  readonly masterKey: Buffer;
  /** Shown in tokens with a prefix. */
  readonly keyVersion: number;
  readonly storage: TokenStorage;
}

/** The stored mapping cannot be used. Says nothing of what is in it. */
export class TokenVaultError extends Error {
  override readonly name = 'TokenVaultError';
  readonly code = 'ERR_TOKEN_VAULT';
}

/** The tokens of one process; all processes on the same store and masking key have the same. */
export class StoredTokenVault implements TokenVault {
  readonly #keys: TokenKeys;
  readonly #keyVersion: number;
  readonly #storage: TokenStorage;
  /** By value, and by token. */
  readonly #tokens = new RecentTexts(KEPT_MAX);
  readonly #values = new RecentTexts(KEPT_MAX);

  constructor({ masterKey, keyVersion, storage }: TokenVaultParts) {
    this.#keys = deriveTokenKeys(masterKey);
    this.#keyVersion = keyVersion;
    this.#storage = storage;
  }

  findToken(value: VaultItem): string | undefined {
    return this.#tokens.get(vaultKey(value));
  }

  findValue(token: VaultItem): string | undefined {
    return this.#values.get(vaultKey(token));
  }

  async loadTokens(values: readonly VaultItem[]): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    for (const batch of batchesOf(values)) {
      let missing = await this.#readTokens(batch, found);
      for (let minting = 0; missing.length > 0; minting++) {
        if (minting === MINTINGS_MAX)
          throw new TokenVaultError('Cannot mint tokens: none are left');
        await this.#storage.insert(missing.map((value) => this.#mint(value)));
        // Another gateway may have been faster: what is stored counts.
        missing = await this.#readTokens(missing, found);
      }
    }
    return found;
  }

  async loadValues(tokens: readonly VaultItem[]): Promise<ReadonlyMap<string, string | null>> {
    const found = new Map<string, string | null>();
    for (const batch of batchesOf(tokens)) {
      const byHash = new Map(batch.map((item) => [this.#hash('token', item), item]));
      for (const sealed of await this.#storage.findByTokens(buffersOf(byHash))) {
        const item = byHash.get(sealed.tokenHash.toString('hex'));
        if (item === undefined) continue;
        const { value } = this.#open(sealed);
        this.#keep({ ...item, text: value }, item.text);
        found.set(vaultKey(item), value);
      }
      for (const item of batch) if (!found.has(vaultKey(item))) found.set(vaultKey(item), null);
    }
    return found;
  }

  /** Puts the tokens that there are into `found`; returns the values that have none. */
  async #readTokens(
    values: readonly VaultItem[],
    found: Map<string, string>,
  ): Promise<readonly VaultItem[]> {
    const byHash = new Map(values.map((item) => [this.#hash('value', item), item]));
    for (const sealed of await this.#storage.findByValues(buffersOf(byHash))) {
      const item = byHash.get(sealed.valueHash.toString('hex'));
      if (item === undefined) continue;
      const { token } = this.#open(sealed);
      this.#keep(item, token);
      found.set(vaultKey(item), token);
    }
    return values.filter((item) => !found.has(vaultKey(item)));
  }

  #mint(value: VaultItem): SealedToken {
    let token: string;
    do token = spellToken(value.form, this.#keyVersion, randomBytes(TOKEN_BYTES));
    while (token === NO_TOKEN[value.form.kind]);
    return sealToken(this.#keys, value, token, randomBytes(NONCE_BYTES));
  }

  #open(sealed: SealedToken): { readonly value: string; readonly token: string } {
    try {
      return openToken(this.#keys, sealed);
    } catch (cause) {
      throw new TokenVaultError('Cannot open a stored token: it was changed', { cause });
    }
  }

  #keep(value: VaultItem, token: string): void {
    this.#tokens.set(vaultKey(value), token);
    this.#values.set(vaultKey({ ...value, text: token }), value.text);
  }

  #hash(kind: 'value' | 'token', item: VaultItem): string {
    return hashItem(this.#keys, kind, item).toString('hex');
  }
}

function buffersOf(byHash: ReadonlyMap<string, VaultItem>): readonly Buffer[] {
  return [...byHash.keys()].map((hash) => Buffer.from(hash, 'hex'));
}

function* batchesOf(items: readonly VaultItem[]): Generator<readonly VaultItem[]> {
  for (let start = 0; start < items.length; start += BATCH_MAX) {
    yield items.slice(start, start + BATCH_MAX);
  }
}
