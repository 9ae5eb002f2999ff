import type { Pool } from 'pg';

/** Rows that earlier versions wrote without a seal. */
export interface EarlierRows<Row> {
  readonly table: 'sallyport.connectors' | 'sallyport.sessions';
  readonly columns: string;
  readonly seal: (row: Row) => Buffer;
}

/** Rows that are read at once. */
const ROWS_AT_ONCE = 500;

/**
 * Seals the rows of a table that have no seal, as they stand there. Whoever calls this vouches for them.
 *
 * @returns How many there were.
 */
export async function sealEarlierRows<Row extends { readonly id: string }>(
  pool: Pool,
  { table, columns, seal }: EarlierRows<Row>,
): Promise<number> {
  let count = 0;
  let last = '';
  for (;;) {
    const { rows } = await pool.query<Row>(
      `select ${columns} from ${table} where id::text > $1 and sealed is null order by id::text limit $2`,
      [last, ROWS_AT_ONCE],
    );
    const newest = rows.at(-1);
    if (newest === undefined) return count;
    await pool.query(
      `update ${table} set sealed = s.sealed from unnest($1::text[], $2::bytea[]) as s(id, sealed)
       where ${table}.id::text = s.id and ${table}.sealed is null`,
      [rows.map(({ id }) => id), rows.map((row) => seal(row))],
    );
    count += rows.length;
    last = newest.id;
  }
}
