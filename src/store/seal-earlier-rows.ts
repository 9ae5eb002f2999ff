import type { Pool } from 'pg';
import { transact } from './transact.ts';

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
  const sealNext = (after: string): Promise<readonly Row[]> =>
    transact(pool, async (client) => {
      // Of gateways that start together each locks in the same order, and leaves to the others what they have sealed.
      const { rows } = await client.query<Row>(
        `select ${columns} from ${table} where id::text > $1 and sealed is null
         order by id::text limit $2 for no key update`,
        [after, ROWS_AT_ONCE],
      );
      await client.query(
        `update ${table} set sealed = s.sealed from unnest($1::text[], $2::bytea[]) as s(id, sealed)
         where ${table}.id::text = s.id`,
        [rows.map(({ id }) => id), rows.map((row) => seal(row))],
      );
      return rows;
    });
  let count = 0;
  let last: string | undefined = '';
  while (last !== undefined) {
    const rows: readonly Row[] = await sealNext(last);
    count += rows.length;
    last = rows.at(-1)?.id;
  }
  return count;
}
