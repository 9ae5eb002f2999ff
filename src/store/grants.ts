import type { Pool, PoolClient } from 'pg';
import type { Page } from '../access/access-service.ts';
import type { GrantQuery, GrantStore } from '../access/access-store.ts';
import type { Grant, GrantEnd } from '../access/grant.ts';
import { parseCursor, toPage } from './page-cursor.ts';
import type { SealedJson } from './sealed-json.ts';
import { StoreError } from './store-error.ts';
import { announce, transact } from './transact.ts';

interface GrantRow {
  readonly id: string;
  readonly starts_at: Date;
  readonly ended_at: Date | null;
  readonly sealed: Buffer;
}

const COLUMNS = 'id, starts_at, ended_at, sealed';

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
      `select ${COLUMNS} from sallyport.access_grants where id = $1`,
      [id],
    );
    return rows[0] && this.#toGrant(rows[0]);
  }

  async listInForce(nowMs: number): Promise<readonly Grant[]> {
    const { rows } = await this.#pool.query<GrantRow>(
      `select ${COLUMNS} from sallyport.access_grants where ended_at is null and ends_at > $1 order by id`,
      [new Date(nowMs)],
    );
    return this.#sealed.openAll(rows, (row) => this.#toGrant(row));
  }

  async list(query: GrantQuery): Promise<Page<Grant>> {
    const after = parseCursor(query.cursor);
    const { rows } = await this.#pool.query<GrantRow>(
      `select ${COLUMNS} from sallyport.access_grants
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
      toItems: (shown) => this.#sealed.openAll(shown, (row) => this.#toGrant(row)),
    });
  }

  change(
    id: string,
    apply: (grant: Grant) => Promise<Grant | undefined>,
  ): Promise<Grant | undefined> {
    return transact(this.#pool, async (client) => {
      const { rows } = await client.query<GrantRow>(
        `select ${COLUMNS} from sallyport.access_grants where id = $1 for update`,
        [id],
      );
      if (rows[0] === undefined) return undefined;
      const changed = await apply(this.#toGrant(rows[0]));
      if (changed === undefined) return undefined;
      await updateGrant(client, this.#sealed, changed);
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
    return openGrant(this.#sealed, row);
  }
}

/** What is sealed counts: a grant cannot be written into the columns. */
function openGrant(sealed: SealedJson, row: GrantRow): Grant {
  const grant = sealed.open(row.id, row.sealed) as Grant;
  const { requestId, end } = grant;
  return { ...grant, requestId, end: end === undefined ? toEnd(row) : { ...end, by: end.by } };
}

/** Whoever ended it in the columns only has ended it, too. */
function toEnd({ ended_at: endedAt }: GrantRow): GrantEnd | undefined {
  if (endedAt === null) return undefined;
  return { atMs: endedAt.getTime(), cause: 'revoked', by: undefined, comment: '' };
}

async function updateGrant(client: PoolClient, sealed: SealedJson, grant: Grant): Promise<void> {
  const { id, endsAtMs, end } = grant;
  await client.query(
    'update sallyport.access_grants set ends_at = $2, ended_at = $3, sealed = $4 where id = $1',
    [id, new Date(endsAtMs), end === undefined ? null : new Date(end.atMs), sealed.seal(id, grant)],
  );
  await announce(client, { kind: 'grant.changed', grantId: id });
}

/** Begins a grant in somebody's transaction. */
export async function insertGrant(
  client: PoolClient,
  sealed: SealedJson,
  grant: Grant,
): Promise<void> {
  const { id, holder, target, startsAtMs, endsAtMs, requestId } = grant;
  await client.query(
    `insert into sallyport.access_grants (id, holder_id, target, starts_at, ends_at, request_id, sealed)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      id,
      holder.id,
      target,
      new Date(startsAtMs),
      new Date(endsAtMs),
      requestId ?? null,
      sealed.seal(id, grant),
    ],
  );
  await announce(client, { kind: 'grant.changed', grantId: id });
}

/**
 * Prolongs a grant, in somebody's transaction; never shortens it.
 *
 * @throws {StoreError} If it has ended.
 */
export async function extendGrant(
  client: PoolClient,
  sealed: SealedJson,
  { grantId, endsAtMs }: { readonly grantId: string; readonly endsAtMs: number },
): Promise<void> {
  const { rows } = await client.query<GrantRow>(
    `select ${COLUMNS} from sallyport.access_grants where id = $1 for update`,
    [grantId],
  );
  const grant = rows[0] && openGrant(sealed, rows[0]);
  if (grant === undefined || grant.end !== undefined) {
    throw new StoreError(`Cannot extend grant ${grantId}: it has ended`);
  }
  const extended = { ...grant, endsAtMs: Math.max(grant.endsAtMs, endsAtMs) };
  await updateGrant(client, sealed, extended);
}
