import type { Pool } from 'pg';
import type { SealedToken, TokenStorage } from '../masking/vault/token-vault.ts';

interface TokenRow {
  readonly value_hash: Buffer;
  readonly token_hash: Buffer;
  readonly sealed: Buffer;
}

/** Vault tokens in the store's database, which can read none of them. */
export class PostgresTokenStorage implements TokenStorage {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  findByValues(valueHashes: readonly Buffer[]): Promise<readonly SealedToken[]> {
    return this.#find('value_hash', valueHashes);
  }

  findByTokens(tokenHashes: readonly Buffer[]): Promise<readonly SealedToken[]> {
    return this.#find('token_hash', tokenHashes);
  }

  async insert(tokens: readonly SealedToken[]): Promise<void> {
    // In one order, so that gateways that insert the same values at once do not wait for each other in a circle.
    const sorted = tokens.toSorted((one, other) => one.valueHash.compare(other.valueHash));
    await this.#pool.query(
      `insert into sallyport.vault_tokens (value_hash, token_hash, sealed)
       select * from unnest($1::bytea[], $2::bytea[], $3::bytea[]) on conflict do nothing`,
      [
        sorted.map(({ valueHash }) => valueHash),
        sorted.map(({ tokenHash }) => tokenHash),
        sorted.map(({ sealed }) => sealed),
      ],
    );
  }

  async #find(
    column: 'value_hash' | 'token_hash',
    hashes: readonly Buffer[],
  ): Promise<readonly SealedToken[]> {
    const { rows } = await this.#pool.query<TokenRow>(
      `select value_hash, token_hash, sealed from sallyport.vault_tokens where ${column} = any ($1::bytea[])`,
      [hashes],
    );
    return rows.map(({ value_hash, token_hash, sealed }) => ({
      valueHash: value_hash,
      tokenHash: token_hash,
      sealed,
    }));
  }
}
