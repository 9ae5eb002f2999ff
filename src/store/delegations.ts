import type { Pool } from 'pg';
import type { DelegationQuery, DelegationStore } from '../access/access-store.ts';
import type { Delegation } from '../access/delegation.ts';
import type { Identified } from '../access/person.ts';
import type { SealedJson } from './sealed-json.ts';
import { announce, transact } from './transact.ts';

interface DelegationRow {
  readonly id: string;
  readonly ended_at: Date | null;
  readonly sealed: Buffer;
}

const COLUMNS = 'id, ended_at, sealed';
const LISTED_MAX = 1_000;

/** Delegations in the store's database. */
export class PostgresDelegations implements DelegationStore {
  readonly #pool: Pool;
  readonly #sealed: SealedJson;

  constructor(pool: Pool, sealed: SealedJson) {
    this.#pool = pool;
    this.#sealed = sealed;
  }

  insert(delegation: Delegation, seal: () => Promise<void>): Promise<void> {
    const { id, from, to, startsAtMs, endsAtMs } = delegation;
    return transact(this.#pool, async (client) => {
      await client.query(
        `insert into sallyport.delegations (id, from_id, to_id, to_person, starts_at, ends_at, sealed)
         values ($1, $2, $3, $4, $5, $6, $7)`,
        [
          id,
          from.id,
          to.id,
          to.person ?? null,
          new Date(startsAtMs),
          new Date(endsAtMs),
          this.#sealed.seal(id, delegation),
        ],
      );
      await announce(client, { kind: 'delegation.changed', delegationId: id });
      await seal();
    });
  }

  async listRunningTo({ id, person }: Identified, nowMs: number): Promise<readonly Delegation[]> {
    const { rows } = await this.#pool.query<DelegationRow>(
      `select ${COLUMNS} from sallyport.delegations
       where (to_id = $1 or to_person = $2) and ended_at is null
         and starts_at <= $3 and ends_at > greatest($3::timestamptz, now())
       order by starts_at, id limit ${LISTED_MAX}`,
      [id, person ?? null, new Date(nowMs)],
    );
    return this.#sealed.openAll(rows, (row) => this.#toDelegation(row));
  }

  async list({ partyId, runningAtMs }: DelegationQuery): Promise<readonly Delegation[]> {
    const { rows } = await this.#pool.query<DelegationRow>(
      `select ${COLUMNS} from sallyport.delegations
       where ($1::text is null or from_id = $1 or to_id = $1)
         and ($2::timestamptz is null or (ended_at is null and starts_at <= $2 and ends_at > $2))
       order by starts_at desc, id desc limit ${LISTED_MAX}`,
      [partyId ?? null, runningAtMs === undefined ? null : new Date(runningAtMs)],
    );
    return this.#sealed.openAll(rows, (row) => this.#toDelegation(row));
  }

  change(
    id: string,
    apply: (delegation: Delegation) => Promise<Delegation | undefined>,
  ): Promise<Delegation | undefined> {
    return transact(this.#pool, async (client) => {
      const { rows } = await client.query<DelegationRow>(
        `select ${COLUMNS} from sallyport.delegations where id = $1 for update`,
        [id],
      );
      if (rows[0] === undefined) return undefined;
      const changed = await apply(this.#toDelegation(rows[0]));
      if (changed === undefined) return undefined;
      const { endedAtMs } = changed;
      await client.query(
        'update sallyport.delegations set ended_at = $2, sealed = $3 where id = $1',
        [id, endedAtMs === undefined ? null : new Date(endedAtMs), this.#sealed.seal(id, changed)],
      );
      await announce(client, { kind: 'delegation.changed', delegationId: id });
      return changed;
    });
  }

  /** What is sealed counts: a delegation cannot be written into the columns, only ended there. */
  #toDelegation({ id, ended_at: endedAt, sealed }: DelegationRow): Delegation {
    const delegation = this.#sealed.open(id, sealed) as Delegation;
    return { ...delegation, endedAtMs: delegation.endedAtMs ?? endedAt?.getTime() };
  }
}
