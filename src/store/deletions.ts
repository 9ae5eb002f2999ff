import type { Pool } from 'pg';

/** Until when what is kept here is wanted. Milliseconds since the Unix epoch. */
export interface DeletionQuestion {
  readonly nowMs: number;
  /** Requests, grants and delegations that ended before are deleted, and alerts that were closed before. */
  readonly endedBeforeMs: number;
  /** Rows of each sort at a time. */
  readonly limit: number;
}

/** Milliseconds that a sign-in that is over is kept, for those who look at what they ended. */
const SIGN_IN_KEPT_MS = 3_600_000;
/** Milliseconds that the key of a request that was done is remembered. */
const KEY_KEPT_MS = 86_400_000;
/** Milliseconds that a process of a gateway which fell silent is missed; its log is for ever. */
const SILENT_KEPT_MS = 7 * 86_400_000;

/**
 * What is deleted, in order: $1 now, $2 the instant before which something ended, $3 how many. A row that somebody else
 * holds is left for the next time.
 */
const DELETIONS: readonly {
  readonly sql: string;
  readonly endsBefore: (question: DeletionQuestion) => number;
}[] = [
  // A request that a grant names goes after the grant. Its deliveries go with it.
  of('access_grants', 'ended_at < $1', ({ endedBeforeMs }) => endedBeforeMs),
  of(
    'access_requests',
    'ended_at < $1 and not exists (select from sallyport.access_grants g where g.request_id = old.id)',
    ({ endedBeforeMs }) => endedBeforeMs,
  ),
  {
    // How many alerts of a rule were false stays.
    sql: `with gone as (delete from sallyport.alerts where ctid = any (array(
        select ctid from sallyport.alerts where closed_at < $1 limit $2 for update skip locked))
        returning rule, state),
      counted as (insert into sallyport.alert_counts as kept (rule, state, deleted)
        select rule, state, count(*) from gone group by rule, state
        on conflict (rule, state) do update set deleted = kept.deleted + excluded.deleted)
      select from gone`,
    endsBefore: ({ endedBeforeMs }) => endedBeforeMs,
  },
  of('delegations', 'coalesce(ended_at, ends_at) < $1', ({ endedBeforeMs }) => endedBeforeMs),
  of('sign_ins', 'coalesce(ended_at, ends_at) < $1', ({ nowMs }) => nowMs - SIGN_IN_KEPT_MS),
  of('once_only', 'until < $1', ({ nowMs }) => nowMs),
  of('idempotency_keys', 'created_at < $1', ({ nowMs }) => nowMs - KEY_KEPT_MS),
  of('gateway_processes', 'beat_at < $1', ({ nowMs }) => nowMs - SILENT_KEPT_MS),
];

function of(
  table: string,
  isOver: string,
  endsBefore: (question: DeletionQuestion) => number,
): (typeof DELETIONS)[number] {
  const sql = `delete from sallyport.${table} where ctid = any (array(
    select ctid from sallyport.${table} old where ${isOver} limit $2 for update skip locked))`;
  return { sql, endsBefore };
}

/** Deletes from the store's database what nobody asks for any more. What the ledger has of it stays. */
export class Deletions {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Deletes some of it. @returns Whether there may be more. */
  async deleteOld(question: DeletionQuestion): Promise<boolean> {
    let mayBeMore = false;
    for (const { sql, endsBefore } of DELETIONS) {
      const { rowCount } = await this.#pool.query(sql, [
        new Date(endsBefore(question)),
        question.limit,
      ]);
      mayBeMore ||= rowCount === question.limit;
    }
    return mayBeMore;
  }
}
