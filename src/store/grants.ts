import type { Pool, PoolClient } from 'pg';
import type { Page } from '../access/access-service.ts';
import type { GrantQuery, GrantStore } from '../access/access-store.ts';
import type { Grant, GrantEnd } from '../access/grant.ts';
import { parseCursor, toPage } from './page-cursor.ts';
import type { SealedJson } from './sealed-json.ts';
import { announce, transact } from './transact.ts';

interface GrantRow {
  readonly id: string;
  readonly name: string;
  readonly holder_id: string;
  readonly holder_name: string;
  readonly target: string;
  readonly starts_at: Date;
  readonly ends_at: Date;
  readonly request_id: string | null;
  readonly break_glass: boolean;
  readonly ended_at: Date | null;
  readonly ended_cause: GrantEnd['cause'] | null;
  readonly ended_by_id: string | null;
  readonly ended_by_name: string | null;
  readonly sealed: Buffer;
}

/** What people wrote. */
interface SealedFields {
  readonly reason: string;
  readonly comment?: string;
}

/** Grants in the store's database. */
export class PostgresGrants implements GrantStore {
  readonly #pool: Pool;
  readonly #sealed: SealedJson;

  constructor(pool: Pool, sealed: SealedJson) {
    this.#pool = pool;
    this.#sealed = sealed;
  }

  insert(grant: Grant, seal: () => Promise<void>): Promise<void> {
    return transact(this.#pool, async (client) => {
      await insertGrant(client, this.#sealed, grant);
      await seal();
    });
  }

  async find(id: string): Promise<Grant | undefined> {
    const { rows } = await this.#pool.query<GrantRow>(
      'select * from sallyport.access_grants where id = $1',
      [id],
    );
    return rows[0] && this.#toGrant(rows[0]);
  }

  async listInForce(nowMs: number): Promise<readonly Grant[]> {
    const { rows } = await this.#pool.query<GrantRow>(
      `select * from sallyport.access_grants where ended_at is null and ends_at > $1 order by id`,
      [new Date(nowMs)],
    );
    return rows.map((row) => this.#toGrant(row));
  }

  async list(query: GrantQuery): Promise<Page<Grant>> {
    const after = parseCursor(query.cursor);
    const { rows } = await this.#pool.query<GrantRow>(
      `select * from sallyport.access_grants
       where ($1::timestamptz is null or (ended_at is null and starts_at <= $1 and ends_at > $1))
         and ($2::text is null or holder_id = $2)
         and ($3::text is null or target = $3)
         and ($4::text is null or holder_id = $4 or target = any ($5::text[]))
         and ($6::timestamptz is null or (starts_at, id) < ($6, $7))
       order by starts_at desc, id desc
       limit $8`,
      [
        query.inForceAtMs === undefined ? null : new Date(query.inForceAtMs),
        query.holderId ?? null,
        query.target ?? null,
        query.visibleTo?.principalId ?? null,
        query.visibleTo?.targets ?? [],
        after === undefined ? null : new Date(after.atMs),
        after?.id ?? null,
        query.limit + 1,
      ],
    );
    return toPage(rows, query.limit, {
      place: ({ id, starts_at }) => ({ atMs: starts_at.getTime(), id }),
      toItem: (row) => this.#toGrant(row),
    });
  }

  change(
    id: string,
    apply: (grant: Grant) => Promise<Grant | undefined>,
  ): Promise<Grant | undefined> {
    return transact(this.#pool, async (client) => {
      const { rows } = await client.query<GrantRow>(
        'select * from sallyport.access_grants where id = $1 for update',
        [id],
      );
      if (rows[0] === undefined) return undefined;
      const changed = await apply(this.#toGrant(rows[0]));
      if (changed === undefined) return undefined;
      const { endsAtMs, reason, end } = changed;
      const sealed: SealedFields = { reason, ...(end !== undefined && { comment: end.comment }) };
      await client.query(
        `update sallyport.access_grants set ends_at = $2, ended_at = $3, ended_cause = $4, ended_by_id = $5,
           ended_by_name = $6, sealed = $7
         where id = $1`,
        [
          id,
          new Date(endsAtMs),
          end === undefined ? null : new Date(end.atMs),
          end?.cause ?? null,
          end?.by?.id ?? null,
          end?.by?.name ?? null,
          this.#sealed.seal(id, sealed),
        ],
      );
      await announce(client, { kind: 'grant.changed', grantId: id });
      return changed;
    });
  }

  async listExpired(nowMs: number, limit: number): Promise<readonly string[]> {
    const { rows } = await this.#pool.query<{ readonly id: string }>(
      `select id from sallyport.access_grants where ended_at is null and ends_at <= $1
       order by ends_at, id limit $2`,
      [new Date(nowMs), limit],
    );
    return rows.map(({ id }) => id);
  }

  #toGrant(row: GrantRow): Grant {
    const { reason, comment = '' } = this.#sealed.open(row.id, row.sealed) as SealedFields;
    return {
      id: row.id,
      name: row.name,
      holder: { id: row.holder_id, name: row.holder_name },
      target: row.target,
      startsAtMs: row.starts_at.getTime(),
      endsAtMs: row.ends_at.getTime(),
      requestId: row.request_id ?? undefined,
      breakGlass: row.break_glass,
      reason,
      end: toEnd(row, comment),
    };
  }
}

function toEnd(row: GrantRow, comment: string): GrantEnd | undefined {
  if (row.ended_at === null || row.ended_cause === null) return undefined;
  const by =
    row.ended_by_id === null
      ? undefined
      : { id: row.ended_by_id, name: row.ended_by_name ?? row.ended_by_id };
  return { atMs: row.ended_at.getTime(), cause: row.ended_cause, by, comment };
}

/** Begins a grant in somebody's transaction. */
export async function insertGrant(
  client: PoolClient,
  sealed: SealedJson,
  grant: Grant,
): Promise<void> {
  const { id, name, holder, target, startsAtMs, endsAtMs, requestId, breakGlass, reason } = grant;
  const fields: SealedFields = { reason };
  await client.query(
    `insert into sallyport.access_grants (id, name, holder_id, holder_name, target, starts_at, ends_at,
       request_id, break_glass, sealed)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      id,
      name,
      holder.id,
      holder.name,
      target,
      new Date(startsAtMs),
      new Date(endsAtMs),
      requestId ?? null,
      breakGlass,
      sealed.seal(id, fields),
    ],
  );
  await announce(client, { kind: 'grant.changed', grantId: id });
}

/** Prolongs a grant that has not ended, in somebody's transaction; never shortens it. */
export async function extendGrant(
  client: PoolClient,
  { grantId, endsAtMs }: { readonly grantId: string; readonly endsAtMs: number },
): Promise<void> {
  await client.query(
    `update sallyport.access_grants set ends_at = greatest(ends_at, $2)
     where id = $1 and ended_at is null`,
    [grantId, new Date(endsAtMs)],
  );
  await announce(client, { kind: 'grant.changed', grantId });
}
