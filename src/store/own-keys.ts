import type { Pool } from 'pg';
import type { SealedJson } from './sealed-json.ts';
import { StoreError } from './store-error.ts';

/** The gateways' own keys, sealed, in the store's database. */
export class PostgresOwnKeys<Purpose extends string> {
  readonly #pool: Pool;
  readonly #sealed: SealedJson;

  constructor(pool: Pool, sealed: SealedJson) {
    this.#pool = pool;
    this.#sealed = sealed;
  }

  /** @throws {StoreError} If the key that is kept is gone again. */
  async findOrKeep(purpose: Purpose, candidate: Buffer): Promise<Buffer> {
    await this.#pool.query(
      'insert into sallyport.ssh_keys (purpose, sealed) values ($1, $2) on conflict do nothing',
      [purpose, this.#sealed.seal(purpose, candidate.toString('base64'))],
    );
    const { rows } = await this.#pool.query<{ readonly sealed: Buffer }>(
      'select sealed from sallyport.ssh_keys where purpose = $1',
      [purpose],
    );
    const key = rows[0] && this.#sealed.open(purpose, rows[0].sealed);
    if (typeof key !== 'string') throw new StoreError(`Cannot read the key ${purpose}: it is gone`);
    return Buffer.from(key, 'base64');
  }
}
