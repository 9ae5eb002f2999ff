import { DatabaseError, type Pool, type PoolClient } from 'pg';
import type { AccessRequest, OperationRequest, RequestEnd } from '../access/access-request.ts';
import type { AccessEvent, Page } from '../access/access-service.ts';
import type {
  AccessRequestStore,
  InsertOptions,
  RequestChange,
  RequestQuery,
} from '../access/access-store.ts';
import { useApproval } from '../access/apply-review.ts';
import type { PrincipalId } from '../identity/principal.ts';
import { extendGrant, insertGrant } from './grants.ts';
import { formatCursor, parseCursor } from './page-cursor.ts';
import type { SealedJson } from './sealed-json.ts';
import { announce, transact, withAnnouncement } from './transact.ts';

interface RequestRow {
  readonly id: string;
  readonly state: AccessRequest['state'];
  readonly created_at: Date;
  readonly ended_at: Date | null;
  readonly ended_outcome: RequestEnd['outcome'] | null;
  readonly ended_reason: RequestEnd['reason'] | null;
  readonly sealed: Buffer;
}

/** One of a list. */
interface ListedRow extends RequestRow {
  /** Whether another one follows; null where none does. */
  readonly has_next: true | null;
}

const COLUMNS = 'id, state, created_at, ended_at, ended_outcome, ended_reason, sealed';
/** PostgreSQL's `unique_violation`. */
const UNIQUE_VIOLATION = '23505';
/** Bytes of a page after which no request is added to it: one may be of a mebibyte, and a page of hundreds. */
const PAGE_BYTES_MAX = 4 * 1024 * 1024;
/** Requests whose states are asked for at once. */
const IDS_MAX = 10_000;

/** Access requests in the store's database. */
export class PostgresAccessRequests implements AccessRequestStore {
  readonly #pool: Pool;
  readonly #requests: SealedJson;
  readonly #grants: SealedJson;

  constructor(pool: Pool, requests: SealedJson, grants: SealedJson) {
    this.#pool = pool;
    this.#requests = requests;
    this.#grants = grants;
  }

  async insert(
    request: AccessRequest,
    { waitingMax, gateway, grant, alert, seal }: InsertOptions,
  ): Promise<'inserted' | 'too-many' | 'exists'> {
    const { id, requester } = request;
    try {
      return await transact(this.#pool, async (client) => {
        // One that waits and is lost in a crash of the database runs nothing: its session asks again.
        // What is decided about it does wait for the disk.
        const isHasty = request.kind === 'operation';
        if (!(await hasRoom(client, requester.id, { waitingMax, isHasty }))) return 'too-many';
        await this.#insertRow(client, request, gateway);
        if (grant !== undefined) await insertGrant(client, this.#grants, grant);
        if (alert !== undefined) {
          await announce(client, { kind: 'alert', requestId: id, channels: alert });
        }
        await seal();
        return 'inserted';
      });
    } catch (error) {
      if (error instanceof DatabaseError && error.code === UNIQUE_VIOLATION) return 'exists';
      throw error;
    }
  }

  async #insertRow(
    client: PoolClient,
    request: AccessRequest,
    gateway: string | undefined,
  ): Promise<void> {
    const { id, kind, state, requester, target, rules, createdAtMs, expiresAtMs } = request;
    const isOperation = request.kind === 'operation';
    const event: AccessEvent = { kind: 'request.opened', requestId: id };
    await client.query(
      withAnnouncement(
        `insert into sallyport.access_requests (id, kind, state, requester_id, target, session_id, gateway,
           digest, groups, created_at, expires_at, sealed)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) returning id`,
        13,
      ),
      [
        id,
        kind,
        state,
        requester.id,
        target,
        isOperation ? request.sessionId : null,
        gateway ?? null,
        isOperation ? request.digest : null,
        [...new Set(rules.flatMap(({ groups }) => groups))],
        new Date(createdAtMs),
        new Date(expiresAtMs),
        this.#requests.seal(id, request),
        JSON.stringify(event),
      ],
    );
  }

  async find(id: string): Promise<AccessRequest | undefined> {
    const { rows } = await this.#pool.query<RequestRow>(
      `select ${COLUMNS} from sallyport.access_requests where id = $1`,
      [id],
    );
    return rows[0] && this.#toRequest(rows[0]);
  }

  async list(query: RequestQuery): Promise<Page<AccessRequest>> {
    const after = parseCursor(query.cursor);
    const { rows } = await this.#pool.query<ListedRow>(
      `select ${COLUMNS}, has_next from (
       select ${COLUMNS}, lead(true) over newest_first as has_next,
         coalesce(sum(octet_length(sealed)) over (newest_first rows between unbounded preceding and 1 preceding), 0) as bytes_before
       from (select ${COLUMNS} from sallyport.access_requests
       where ($1::text[] is null or state = any ($1))
         and ($2::text[] is null or kind = any ($2))
         and ($3::text is null or requester_id = $3)
         and ($4::text is null or target = $4)
         and ($5::text is null or session_id = $5)
         and ($6::text[] is null or groups && $6)
         and ($7::text is null or requester_id = $7 or groups && $8::text[] or target = any ($9::text[]))
         and ($10::timestamptz is null or (created_at, id) < ($10, $11))
       order by created_at desc, id desc
       limit $12) as page
       window newest_first as (order by created_at desc, id desc)) as measured
       where bytes_before < $13
       order by created_at desc, id desc
       limit $12 - 1`,
      [
        query.states ?? null,
        query.kinds ?? null,
        query.requesterId ?? null,
        query.target ?? null,
        query.sessionId ?? null,
        query.groups ?? null,
        query.visibleTo?.principalId ?? null,
        query.visibleTo?.groups ?? [],
        query.visibleTo?.targets ?? [],
        after === undefined ? null : new Date(after.atMs),
        after?.id ?? null,
        query.limit + 1,
        PAGE_BYTES_MAX,
      ],
    );
    const last = rows.at(-1);
    return {
      items: this.#requests.openAll(rows, (row) => this.#toRequest(row)),
      nextCursor:
        last?.has_next === true
          ? formatCursor({ atMs: last.created_at.getTime(), id: last.id })
          : undefined,
    };
  }

  change(
    id: string,
    apply: (request: AccessRequest) => Promise<RequestChange | undefined>,
  ): Promise<AccessRequest | undefined> {
    return transact(this.#pool, async (client) => {
      const { rows } = await client.query<RequestRow>(
        `select ${COLUMNS} from sallyport.access_requests where id = $1 for update`,
        [id],
      );
      if (rows[0] === undefined) return undefined;
      const change = await apply(this.#toRequest(rows[0]));
      if (change === undefined) return undefined;
      await this.#update(client, change.request, { kind: 'request.changed', requestId: id });
      if (change.grant !== undefined) await insertGrant(client, this.#grants, change.grant);
      if (change.extension !== undefined) {
        await extendGrant(client, this.#grants, change.extension);
      }
      return change.request;
    });
  }

  async #update(client: PoolClient, request: AccessRequest, event: AccessEvent): Promise<void> {
    const { id, state, expiresAtMs, end } = request;
    await client.query(
      withAnnouncement(
        `update sallyport.access_requests set state = $2, expires_at = $3, ended_at = $4, ended_outcome = $5,
           ended_reason = $6, sealed = $7
         where id = $1 returning id`,
        8,
      ),
      [
        id,
        state,
        new Date(expiresAtMs),
        end === undefined ? null : new Date(end.atMs),
        end?.outcome ?? null,
        end?.reason ?? null,
        this.#requests.seal(id, request),
        JSON.stringify(event),
      ],
    );
  }

  /** Neither the clock of this process nor that of the database may have passed the deadline. */
  use(id: string, digest: string, nowMs: number): Promise<OperationRequest | undefined> {
    return transact(this.#pool, async (client) => {
      const { rows } = await client.query<RequestRow>(
        `select ${COLUMNS} from sallyport.access_requests
         where id = $1 and digest = $2 and kind = 'operation' and state = 'approved'
           and expires_at > greatest($3::timestamptz, now())
         for update`,
        [id, digest, new Date(nowMs)],
      );
      const approved = rows[0] && this.#toRequest(rows[0]);
      if (approved?.kind !== 'operation' || approved.state !== 'approved') return undefined;
      // Sealed as used: nobody who writes into the columns makes it approved again.
      const used = useApproval(approved, nowMs);
      await this.#update(client, used, { kind: 'request.changed', requestId: id });
      return used;
    });
  }

  async findFiled(
    requesterId: PrincipalId,
    digest: string,
    nowMs: number,
  ): Promise<OperationRequest | undefined> {
    const { rows } = await this.#pool.query<RequestRow>(
      `select ${COLUMNS} from sallyport.access_requests
       where requester_id = $1 and digest = $2 and kind = 'operation' and gateway is null
         and (state in ('pending', 'approved') or (state = 'rejected' and expires_at > $3))
       order by state = 'rejected', created_at desc, id desc
       limit 1`,
      [requesterId, digest, new Date(nowMs)],
    );
    const found = rows[0] && this.#toRequest(rows[0]);
    return found?.kind === 'operation' ? found : undefined;
  }

  async findSettled(ids: readonly string[]): Promise<readonly string[]> {
    const settled: string[] = [];
    for (let start = 0; start < ids.length; start += IDS_MAX) {
      const { rows } = await this.#pool.query<{ readonly id: string }>(
        "select id from sallyport.access_requests where id = any ($1) and state <> 'pending'",
        [ids.slice(start, start + IDS_MAX)],
      );
      settled.push(...rows.map(({ id }) => id));
    }
    return settled;
  }

  async listExpired(nowMs: number, limit: number): Promise<readonly string[]> {
    const { rows } = await this.#pool.query<{ readonly id: string }>(
      `select id from sallyport.access_requests
       where state in ('pending', 'approved') and expires_at <= $1
       order by expires_at, id limit $2`,
      [new Date(nowMs), limit],
    );
    return rows.map(({ id }) => id);
  }

  async listHeld(gateway: string): Promise<readonly string[]> {
    const { rows } = await this.#pool.query<{ readonly id: string }>(
      `select id from sallyport.access_requests
       where gateway = $1 and state in ('pending', 'approved') order by id`,
      [gateway],
    );
    return rows.map(({ id }) => id);
  }

  /**
   * What is sealed counts: neither who asked, nor what, nor a review, nor a deadline can be written into the columns, and what
   * is sealed as over is. They may only say that it has ended since.
   */
  #toRequest(row: RequestRow): AccessRequest {
    const sealed = this.#requests.open(row.id, row.sealed) as AccessRequest;
    if (sealed.end !== undefined) return sealed;
    const end: RequestEnd | undefined =
      row.ended_at === null || row.ended_outcome === null
        ? undefined
        : {
            atMs: row.ended_at.getTime(),
            outcome: row.ended_outcome,
            reason: row.ended_reason ?? undefined,
          };
    return { ...sealed, state: row.state, end } as AccessRequest;
  }
}

/**
 * Counted one after the other for each requester, so that many at once do not all find room.
 *
 * @param options `isHasty`: The transaction's commit does not wait for the disk.
 */
async function hasRoom(
  client: PoolClient,
  requesterId: PrincipalId,
  { waitingMax, isHasty }: { readonly waitingMax: number; readonly isHasty: boolean },
): Promise<boolean> {
  await client.query(
    `select pg_advisory_xact_lock(hashtextextended($1, 0)),
       case when $2 then set_config('synchronous_commit', 'off', true) end`,
    [`access request of ${requesterId}`, isHasty],
  );
  const { rows } = await client.query<{ readonly has_room: boolean }>(
    `select count(*) < $2 as has_room from sallyport.access_requests
     where requester_id = $1 and state in ('pending', 'unreviewed')`,
    [requesterId, waitingMax],
  );
  return rows[0]?.has_room === true;
}
