import type { Pool } from 'pg';
import type { KnownProcess, ProcessRecord, ProcessStore } from '../gateway/process-beat.ts';

interface ProcessRow {
  readonly log: string;
  readonly gateway: string;
  readonly version: string;
  readonly started_at: Date;
  readonly draining_at: Date | null;
  readonly beat_at: Date;
  readonly is_silent: boolean;
  /** bigint columns arrive as text. */
  readonly sessions: string;
}

/** Seconds without a sign of life after which a process is silent; by the store's clock. */
const ALIVE_SECONDS = 8;

/** The processes of gateways, in the store's database. */
export class PostgresGatewayProcesses implements ProcessStore {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async beat({ log, gateway, version, startedAtMs, drainingAtMs }: ProcessRecord): Promise<void> {
    await this.#pool.query(
      `insert into sallyport.gateway_processes (log, gateway, version, started_at, draining_at, beat_at)
       values ($1, $2, $3, $4, $5, now())
       on conflict (log) do update set gateway = excluded.gateway, version = excluded.version,
         started_at = excluded.started_at, draining_at = excluded.draining_at, beat_at = excluded.beat_at`,
      [
        ...[log, gateway, version, new Date(startedAtMs)],
        drainingAtMs === undefined ? null : new Date(drainingAtMs),
      ],
    );
  }

  async list(): Promise<readonly KnownProcess[]> {
    const { rows } = await this.#pool.query<ProcessRow>(
      `select log, gateway, version, started_at, draining_at, beat_at,
         beat_at < now() - interval '${ALIVE_SECONDS} seconds' as is_silent,
         (select count(*) from sallyport.sessions s
          where s.gateway = p.log and s.ended_at is null) as sessions
       from sallyport.gateway_processes p order by log`,
    );
    return rows.map((row) => ({
      ...{ log: row.log, gateway: row.gateway, version: row.version },
      startedAtMs: row.started_at.getTime(),
      drainingAtMs: row.draining_at?.getTime(),
      beatAtMs: row.beat_at.getTime(),
      isSilent: row.is_silent,
      sessions: Number(row.sessions),
    }));
  }

  async leave(log: string): Promise<void> {
    await this.#pool.query('delete from sallyport.gateway_processes where log = $1', [log]);
  }
}
