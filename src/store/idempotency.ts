import type { Pool } from 'pg';

/** A request by who sent it and the key that they chose. */
interface OnceKey {
  readonly principalId: string;
  readonly key: string;
  /** 32 bytes. */
  readonly requestSha256: Buffer;
}

interface StoredAnswer {
  readonly status: number;
  readonly isProblem: boolean;
  readonly body: string;
}

type OnceState =
  | { readonly state: 'new' | 'running' | 'other-request' }
  | { readonly state: 'answered'; readonly answer: StoredAnswer };

interface KeyRow {
  readonly request_sha256: Buffer;
  readonly status: number | null;
  readonly is_problem: boolean | null;
  readonly body: string | null;
}

/** Milliseconds that a key is remembered. */
const KEPT_MS = 86_400_000;
/** Milliseconds after which a request without an answer died with its process. */
const ABANDONED_AFTER_MS = 60_000;

/** Keys of requests that are done once, in the store's database: the same for all gateways. */
export class PostgresIdempotencyStore {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** However many ask at once, one is told `new`: the key is a row that one of them inserts. */
  async begin({ principalId, key, requestSha256 }: OnceKey, nowMs: number): Promise<OnceState> {
    await this.#pool.query(
      `delete from sallyport.idempotency_keys
       where created_at < $1 or (principal_id = $2 and key = $3 and status is null and created_at < $4)`,
      [new Date(nowMs - KEPT_MS), principalId, key, new Date(nowMs - ABANDONED_AFTER_MS)],
    );
    const { rowCount } = await this.#pool.query(
      `insert into sallyport.idempotency_keys (principal_id, key, request_sha256, created_at)
       values ($1, $2, $3, $4) on conflict (principal_id, key) do nothing`,
      [principalId, key, requestSha256, new Date(nowMs)],
    );
    if (rowCount === 1) return { state: 'new' };
    const { rows } = await this.#pool.query<KeyRow>(
      'select * from sallyport.idempotency_keys where principal_id = $1 and key = $2',
      [principalId, key],
    );
    const [row] = rows;
    // Released since: whoever asks again finds it free.
    if (row === undefined) return { state: 'running' };
    if (!row.request_sha256.equals(requestSha256)) return { state: 'other-request' };
    const { status, is_problem: isProblem, body } = row;
    if (status === null || isProblem === null || body === null) return { state: 'running' };
    return { state: 'answered', answer: { status, isProblem, body } };
  }

  async finish({ principalId, key }: OnceKey, answer: StoredAnswer): Promise<void> {
    await this.#pool.query(
      `update sallyport.idempotency_keys set status = $3, is_problem = $4, body = $5
       where principal_id = $1 and key = $2`,
      [principalId, key, answer.status, answer.isProblem, answer.body],
    );
  }

  async release({ principalId, key }: OnceKey): Promise<void> {
    await this.#pool.query(
      'delete from sallyport.idempotency_keys where principal_id = $1 and key = $2',
      [principalId, key],
    );
  }
}
