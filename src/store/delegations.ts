import type { Pool } from 'pg';
import type { DelegationQuery, DelegationStore } from '../access/access-store.ts';
import type { Delegation } from '../access/delegation.ts';
import type { Identified } from '../access/person.ts';
import { announce, transact } from './transact.ts';

interface DelegationRow {
  readonly id: string;
  readonly from_id: string;
  readonly from_person: string | null;
  readonly from_name: string;
  readonly to_id: string;
  readonly to_person: string | null;
  readonly to_name: string;
  readonly groups: readonly string[];
  readonly starts_at: Date;
  readonly ends_at: Date;
  readonly ended_at: Date | null;
  readonly reason: string;
}

const LISTED_MAX = 1_000;

/** Delegations in the store's database. */
export class PostgresDelegations implements DelegationStore {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  insert(delegation: Delegation, seal: () => Promise<void>): Promise<void> {
    const { id, from, to, groups, startsAtMs, endsAtMs, reason } = delegation;
    return transact(this.#pool, async (client) => {
      await client.query(
        `insert into sallyport.delegations (id, from_id, from_person, from_name, to_id, to_person, to_name,
           groups, starts_at, ends_at, reason)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
        [
          id,
          from.id,
          from.person ?? null,
          from.name,
          to.id,
          to.person ?? null,
          to.name,
          groups,
          new Date(startsAtMs),
          new Date(endsAtMs),
          reason,
        ],
      );
      await announce(client, { kind: 'delegation.changed', delegationId: id });
      await seal();
    });
  }

  async listRunningTo({ id, person }: Identified, nowMs: number): Promise<readonly Delegation[]> {
    const { rows } = await this.#pool.query<DelegationRow>(
      `select * from sallyport.delegations
       where (to_id = $1 or to_person = $2) and ended_at is null
         and starts_at <= $3 and ends_at > greatest($3::timestamptz, now())
       order by starts_at, id limit ${LISTED_MAX}`,
      [id, person ?? null, new Date(nowMs)],
    );
    return rows.map(toDelegation);
  }

  async list({ partyId, runningAtMs }: DelegationQuery): Promise<readonly Delegation[]> {
    const { rows } = await this.#pool.query<DelegationRow>(
      `select * from sallyport.delegations
       where ($1::text is null or from_id = $1 or to_id = $1)
         and ($2::timestamptz is null or (ended_at is null and starts_at <= $2 and ends_at > $2))
       order by starts_at desc, id desc limit ${LISTED_MAX}`,
      [partyId ?? null, runningAtMs === undefined ? null : new Date(runningAtMs)],
    );
    return rows.map(toDelegation);
  }

  change(
    id: string,
    apply: (delegation: Delegation) => Promise<Delegation | undefined>,
  ): Promise<Delegation | undefined> {
    return transact(this.#pool, async (client) => {
      const { rows } = await client.query<DelegationRow>(
        'select * from sallyport.delegations where id = $1 for update',
        [id],
      );
      if (rows[0] === undefined) return undefined;
      const changed = await apply(toDelegation(rows[0]));
      if (changed === undefined) return undefined;
      const { endedAtMs } = changed;
      await client.query('update sallyport.delegations set ended_at = $2 where id = $1', [
        id,
        endedAtMs === undefined ? null : new Date(endedAtMs),
      ]);
      await announce(client, { kind: 'delegation.changed', delegationId: id });
      return changed;
    });
  }
}

function toDelegation(row: DelegationRow): Delegation {
  return {
    id: row.id,
    from: { id: row.from_id, person: row.from_person ?? undefined, name: row.from_name },
    to: { id: row.to_id, person: row.to_person ?? undefined, name: row.to_name },
    groups: row.groups,
    startsAtMs: row.starts_at.getTime(),
    endsAtMs: row.ends_at.getTime(),
    reason: row.reason,
    endedAtMs: row.ended_at?.getTime(),
  };
}
