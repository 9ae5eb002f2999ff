import type { Pool } from 'pg';
import type { PseudonymStorage, SealedPseudonym } from '../masking/vault/seal-pseudonym.ts';

interface PseudonymRow {
  readonly pseudonym_hash: Buffer;
  readonly sealed: Buffer;
}

/** What pseudonyms stand for, in the store's database, which can read none of it. */
export class PostgresPseudonyms implements PseudonymStorage {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async find(pseudonymHashes: readonly Buffer[]): Promise<readonly SealedPseudonym[]> {
    const { rows } = await this.#pool.query<PseudonymRow>(
      'select pseudonym_hash, sealed from sallyport.pseudonyms where pseudonym_hash = any ($1::bytea[])',
      [pseudonymHashes],
    );
    return rows.map(({ pseudonym_hash, sealed }) => ({ pseudonymHash: pseudonym_hash, sealed }));
  }

  async insert(pseudonyms: readonly SealedPseudonym[]): Promise<void> {
    // In one order, so that gateways that insert the same ones at once do not wait for each other in a circle.
    const sorted = pseudonyms.toSorted((one, other) =>
      one.pseudonymHash.compare(other.pseudonymHash),
    );
    await this.#pool.query(
      `insert into sallyport.pseudonyms (pseudonym_hash, sealed)
       select * from unnest($1::bytea[], $2::bytea[]) on conflict do nothing`,
      [sorted.map(({ pseudonymHash }) => pseudonymHash), sorted.map(({ sealed }) => sealed)],
    );
  }
}
