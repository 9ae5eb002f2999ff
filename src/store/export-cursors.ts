import type { Pool } from 'pg';
import type { CursorStore, ExportCursor } from '../exports/cursor-store.ts';

interface CursorRow {
  readonly log: string;
  /** Bigints, which arrive as text. */
  readonly seq: string;
  readonly byte_offset: string;
  readonly segment: string;
}

/** How far exports are, in the store's database. */
export class PostgresExportCursors implements CursorStore {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async list(sink: string): Promise<readonly ExportCursor[]> {
    const { rows } = await this.#pool.query<CursorRow>(
      'select log, seq, segment, byte_offset from sallyport.export_cursors where sink = $1 order by log',
      [sink],
    );
    return rows.map(({ log, seq, segment, byte_offset: offset }) => ({
      log,
      place: { seq: Number(seq), segment, offset: Number(offset) },
    }));
  }

  async save(sink: string, { log, place }: ExportCursor, nowMs: number): Promise<void> {
    await this.#pool.query(
      `insert into sallyport.export_cursors (sink, log, seq, segment, byte_offset, saved_at)
       values ($1, $2, $3, $4, $5, $6)
       on conflict (sink, log) do update
         set (seq, segment, byte_offset, saved_at)
           = (excluded.seq, excluded.segment, excluded.byte_offset, excluded.saved_at)`,
      [sink, log, place.seq, place.segment, place.offset, new Date(nowMs)],
    );
  }

  async forget(sink: string, log: string): Promise<void> {
    await this.#pool.query('delete from sallyport.export_cursors where sink = $1 and log = $2', [
      sink,
      log,
    ]);
  }
}
