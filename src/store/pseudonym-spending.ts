import type { Pool } from 'pg';
import type { PseudonymSpending } from '../gateway/pseudonym-budget.ts';

/** Hours that are kept behind this one: clocks of gateways differ. */
const KEPT_HOURS = 2;

/** What principals spent of their pseudonyms, in the store's database. */
export class PostgresPseudonymSpending implements PseudonymSpending {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async add(
    hour: number,
    spent: ReadonlyMap<string, number>,
  ): Promise<ReadonlyMap<string, number>> {
    // In one order, so that two gateways never wait for each other.
    const principals = [...spent.keys()].toSorted();
    const { rows } = await this.#pool.query<{ readonly principal: string; readonly spent: string }>(
      `insert into sallyport.pseudonym_spending as known (hour, principal, spent)
       select $1, principal, spent from unnest($2::text[], $3::bigint[]) as told (principal, spent)
       order by principal
       on conflict (hour, principal) do update set spent = known.spent + excluded.spent
       returning principal, spent`,
      [hour, principals, principals.map((principal) => spent.get(principal) ?? 0)],
    );
    await this.#pool.query('delete from sallyport.pseudonym_spending where hour < $1', [
      hour - KEPT_HOURS,
    ]);
    return new Map(rows.map((row) => [row.principal, Number(row.spent)]));
  }
}
