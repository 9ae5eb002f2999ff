import type { Pool } from 'pg';
import type { PeerRecord, PeerStore } from '../gateway/peers/peers.ts';

/** Seconds without a sign of life after which a gateway is taken for gone; by the store's clock. */
const ALIVE_SECONDS = 8;

/** Gateways and what they share, in the store's database. */
export class PostgresGateways implements PeerStore {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async beat({ name, host, port, version, keys }: PeerRecord): Promise<void> {
    await this.#pool.query(
      `insert into sallyport.gateways (name, host, port, version, keys, beat_at)
       values ($1, $2, $3, $4, $5, now())
       on conflict (name) do update set host = excluded.host, port = excluded.port,
         version = excluded.version, keys = excluded.keys, beat_at = excluded.beat_at`,
      [name, host, port, version, keys],
    );
  }

  async listAlive(): Promise<readonly PeerRecord[]> {
    const { rows } = await this.#pool.query<PeerRecord>(
      `select name, host, port, version, keys from sallyport.gateways
       where beat_at > now() - interval '${ALIVE_SECONDS} seconds' order by name`,
    );
    return rows;
  }

  async leave(name: string): Promise<void> {
    await this.#pool.query('delete from sallyport.gateways where name = $1', [name]);
  }

  /** Remembers a fingerprint under a name, once. False: another one is remembered. */
  async isSame(name: string, fingerprint: string): Promise<boolean> {
    await this.#pool.query(
      'insert into sallyport.fingerprints (name, fingerprint) values ($1, $2) on conflict do nothing',
      [name, fingerprint],
    );
    const { rowCount } = await this.#pool.query(
      'select from sallyport.fingerprints where name = $1 and fingerprint = $2',
      [name, fingerprint],
    );
    return rowCount === 1;
  }
}
