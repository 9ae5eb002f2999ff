import type { Pool } from 'pg';
import type {
  BrowserSignIn,
  BrowserSignInStore,
  OnceOnlyStore,
} from '../identity/browser-sign-in.ts';
import type { PrincipalId } from '../identity/principal.ts';
import { SIGN_IN_ENDED, WITHOUT_SEAL, withAnnouncement } from './transact.ts';

interface SignInRow {
  readonly id: string;
  readonly secret_hash: Buffer;
  readonly principal: BrowserSignIn['principal'];
  readonly method: BrowserSignIn['method'];
  readonly client_address: string;
  readonly user_agent: string;
  readonly created_at: Date;
  readonly last_used_at: Date;
  readonly ends_at: Date;
}

/** Sign-ins listed of one principal; nobody has more browsers. */
const LISTED_MAX = 200;

/** Sign-ins in browsers, in the store's database. */
export class PostgresSignInStore implements BrowserSignInStore {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async insert(signIn: BrowserSignIn): Promise<void> {
    await this.#pool.query(
      `insert into sallyport.sign_ins (id, secret_hash, principal_id, principal, method, client_address,
         user_agent, created_at, last_used_at, ends_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [
        signIn.id,
        signIn.secretHash,
        signIn.principal.id,
        JSON.stringify(signIn.principal),
        signIn.method,
        signIn.clientAddress,
        toStorable(signIn.userAgent),
        new Date(signIn.createdAtMs),
        new Date(signIn.lastUsedAtMs),
        new Date(signIn.endsAtMs),
      ],
    );
  }

  async find(secretHash: Buffer): Promise<BrowserSignIn | undefined> {
    const { rows } = await this.#pool.query<SignInRow>(
      'select * from sallyport.sign_ins where secret_hash = $1 and ended_at is null',
      [secretHash],
    );
    return rows[0] && toSignIn(rows[0]);
  }

  async touch(id: string, lastUsedAtMs: number): Promise<void> {
    await this.#pool.query(
      `update sallyport.sign_ins set last_used_at = greatest(last_used_at, $2)
       where id = $1 and ended_at is null`,
      [id, new Date(lastUsedAtMs)],
    );
  }

  async end(id: string, principalId: PrincipalId, endedAtMs: number): Promise<boolean> {
    const { rowCount } = await this.#pool.query(
      withAnnouncement(
        `update sallyport.sign_ins set ended_at = $3, principal = ${WITHOUT_SEAL}
         where id = $1 and principal_id = $2 and ended_at is null returning id`,
        4,
      ),
      [id, principalId, new Date(endedAtMs), SIGN_IN_ENDED],
    );
    return rowCount === 1;
  }

  async list(principalId: PrincipalId): Promise<readonly BrowserSignIn[]> {
    const { rows } = await this.#pool.query<SignInRow>(
      `select * from sallyport.sign_ins
       where principal_id = $1 and ended_at is null and ends_at > now()
       order by created_at desc, id limit ${LISTED_MAX}`,
      [principalId],
    );
    return rows.map(toSignIn);
  }
}

/** Ids that count once, in the store's database: the same for all gateways. */
export class PostgresOnceOnlyStore implements OnceOnlyStore {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async remember(id: string, untilMs: number): Promise<boolean> {
    const { rowCount } = await this.#pool.query(
      `insert into sallyport.once_only as known (id, until) values ($1, $2)
       on conflict (id) do update set until = excluded.until where known.until < now()`,
      [id, new Date(untilMs)],
    );
    return rowCount === 1;
  }
}

/** PostgreSQL's text cannot hold a zero byte. */
function toStorable(text: string): string {
  return text.replaceAll('\0', '\u{fffd}');
}

function toSignIn(row: SignInRow): BrowserSignIn {
  return {
    id: row.id,
    secretHash: row.secret_hash,
    principal: row.principal,
    method: row.method,
    clientAddress: row.client_address,
    userAgent: row.user_agent,
    createdAtMs: row.created_at.getTime(),
    lastUsedAtMs: row.last_used_at.getTime(),
    endsAtMs: row.ends_at.getTime(),
  };
}
