import type { Pool } from 'pg';

/** A ledger log as the registry knows it. */
export interface LedgerLog {
  /** The log's origin, as in its checkpoints. */
  readonly id: string;
  readonly gateway: string;
  /** Verifier key in C2SP signed-note form. */
  readonly publicKey: string;
  /** Milliseconds since the Unix epoch. */
  readonly createdAtMs: number;
  /** The largest checkpoint seen. Absent before the first. */
  readonly checkpoint?: LedgerCheckpoint;
}

export interface LedgerCheckpoint {
  /** Entries. */
  readonly size: number;
  /** 32 bytes. */
  readonly root: Buffer;
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
}

interface LogRow {
  readonly id: string;
  readonly gateway: string;
  readonly public_key: string;
  readonly created_at: Date;
  readonly checkpoint_size: string;
  readonly checkpoint_root: Buffer | null;
  readonly checkpoint_at: Date | null;
}

/** Which ledger logs there are, beside the logs themselves: a log that vanishes is missed. */
export class LedgerLogRegistry {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Registering again changes nothing. False when another key is registered under the same id. */
  async register(log: Omit<LedgerLog, 'checkpoint'>): Promise<boolean> {
    await this.#pool.query(
      `insert into sallyport.logs (id, gateway, public_key, created_at) values ($1, $2, $3, $4)
       on conflict (id) do nothing`,
      [log.id, log.gateway, log.publicKey, new Date(log.createdAtMs)],
    );
    const { rowCount } = await this.#pool.query(
      'select from sallyport.logs where id = $1 and public_key = $2',
      [log.id, log.publicKey],
    );
    return rowCount === 1;
  }

  /** Remembers a checkpoint. False when the log is unknown or had a larger one: then it was cut. */
  async remember(id: string, { size, root, atMs }: LedgerCheckpoint): Promise<boolean> {
    const { rowCount } = await this.#pool.query(
      `update sallyport.logs set checkpoint_size = $2, checkpoint_root = $3, checkpoint_at = $4
       where id = $1 and (checkpoint_size < $2 or (checkpoint_size = $2 and checkpoint_root = $3))`,
      [id, size, root, new Date(atMs)],
    );
    return rowCount === 1;
  }

  /** Oldest first. */
  async list(): Promise<readonly LedgerLog[]> {
    const { rows } = await this.#pool.query<LogRow>(
      'select * from sallyport.logs order by created_at, id',
    );
    return rows.map(toLog);
  }
}

function toLog(row: LogRow): LedgerLog {
  const { checkpoint_root: root, checkpoint_at: at } = row;
  return {
    id: row.id,
    gateway: row.gateway,
    publicKey: row.public_key,
    createdAtMs: row.created_at.getTime(),
    ...(root !== null &&
      at !== null && {
        checkpoint: { size: Number(row.checkpoint_size), root, atMs: at.getTime() },
      }),
  };
}
