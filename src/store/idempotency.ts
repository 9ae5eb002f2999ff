import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import type { SealedJson } from './sealed-json.ts';

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
  | { readonly state: 'new'; readonly claim: string }
  | { readonly state: 'running' | 'other-request' }
  | { readonly state: 'answered'; readonly answer: StoredAnswer };

interface KeyRow {
  readonly request_sha256: Buffer;
  /** Base64 of the sealed answer. */
  readonly body: string | null;
}

/** Milliseconds that a key is remembered. */
const KEPT_MS = 86_400_000;
/** Milliseconds without a sign of life after which a request without an answer died with its process. */
const ABANDONED_AFTER_MS = 60_000;

/**
 * Keys of requests that are done once, in the store's database: the same for all gateways. Answers are sealed: they hold what
 * was asked for, and tokens to enrol with, and say that something was done.
 */
export class PostgresIdempotencyStore {
  readonly #pool: Pool;
  readonly #sealed: SealedJson;

  constructor(pool: Pool, sealed: SealedJson) {
    this.#pool = pool;
    this.#sealed = sealed;
  }

  /** However many ask at once, one is told `new`: the key is a row that one of them writes. */
  async begin({ principalId, key, requestSha256 }: OnceKey, nowMs: number): Promise<OnceState> {
    const claim = randomBytes(16).toString('hex');
    const { rowCount } = await this.#pool.query(
      `insert into sallyport.idempotency_keys as known
         (principal_id, key, request_sha256, created_at, alive_at, claim)
       values ($1, $2, $3, $4, $4, $5)
       on conflict (principal_id, key) do update
         set request_sha256 = excluded.request_sha256, created_at = excluded.created_at,
           alive_at = excluded.alive_at, claim = excluded.claim, status = null, is_problem = null, body = null
         where known.created_at < $6 or (known.status is null and known.alive_at < $7)`,
      [
        ...[principalId, key, requestSha256, new Date(nowMs), claim],
        new Date(nowMs - KEPT_MS),
        new Date(nowMs - ABANDONED_AFTER_MS),
      ],
    );
    if (rowCount === 1) return { state: 'new', claim };
    const { rows } = await this.#pool.query<KeyRow>(
      'select * from sallyport.idempotency_keys where principal_id = $1 and key = $2',
      [principalId, key],
    );
    const [row] = rows;
    // Released since: whoever asks again finds it free.
    if (row === undefined) return { state: 'running' };
    if (!row.request_sha256.equals(requestSha256)) return { state: 'other-request' };
    const { body } = row;
    if (body === null) return { state: 'running' };
    const context = describeOnce({ principalId, key, requestSha256 });
    const open = (): StoredAnswer =>
      this.#sealed.open(context, Buffer.from(body, 'base64')) as StoredAnswer;
    const [answer] = this.#sealed.openAll([body], open);
    // Of an answer that no gateway with the key gave, nobody knows what was done: another key is a request of its own.
    return answer === undefined ? { state: 'other-request' } : { state: 'answered', answer };
  }

  async renew({ principalId, key }: OnceKey, claim: string, nowMs: number): Promise<void> {
    await this.#pool.query(
      `update sallyport.idempotency_keys set alive_at = greatest(alive_at, $4)
       where principal_id = $1 and key = $2 and claim = $3`,
      [principalId, key, claim, new Date(nowMs)],
    );
  }

  async finish(once: OnceKey, claim: string, answer: StoredAnswer): Promise<void> {
    const { principalId, key } = once;
    const sealed = this.#sealed.seal(describeOnce(once), answer).toString('base64');
    await this.#pool.query(
      `update sallyport.idempotency_keys set status = $4, is_problem = $5, body = $6
       where principal_id = $1 and key = $2 and claim = $3`,
      [principalId, key, claim, answer.status, answer.isProblem, sealed],
    );
  }

  async release({ principalId, key }: OnceKey, claim: string): Promise<void> {
    await this.#pool.query(
      'delete from sallyport.idempotency_keys where principal_id = $1 and key = $2 and claim = $3',
      [principalId, key, claim],
    );
  }
}

/** What an answer is the answer to. */
function describeOnce({ principalId, key, requestSha256 }: OnceKey): string {
  return JSON.stringify([principalId, key, requestSha256.toString('hex')]);
}
