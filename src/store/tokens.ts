import type { Pool } from 'pg';
import type { PrincipalId } from '../identity/principal.ts';
import type { TokenKind, TokenRecord, TokenStore } from '../identity/token-store.ts';
import { SIGN_IN_ENDED, WITHOUT_SEAL, withAnnouncement } from './transact.ts';

interface TokenRow {
  readonly hash: Buffer;
  readonly id: string;
  readonly kind: TokenKind;
  readonly principal: TokenRecord['principal'];
  readonly issued_at: Date;
  readonly expires_at: Date;
  readonly revoked_at: Date | null;
}

/** Tokens listed of one principal; nobody holds more that still count. */
const LISTED_MAX = 1_000;
/** How long an expired token stays, so that its use is still told from a made-up one's. */
const KEPT_AFTER_EXPIRY = '7 days';

/** Sallyport tokens in the store's database. */
export class PostgresTokenStore implements TokenStore {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async insert({
    hash,
    id,
    kind,
    principal,
    issuedAtMs,
    expiresAtMs,
    revokedAtMs,
  }: TokenRecord): Promise<void> {
    await this.#pool.query(
      `insert into sallyport.tokens (hash, id, kind, principal_id, principal, issued_at, expires_at, revoked_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        hash,
        id,
        kind,
        principal.id,
        JSON.stringify(principal),
        new Date(issuedAtMs),
        new Date(expiresAtMs),
        revokedAtMs === undefined ? null : new Date(revokedAtMs),
      ],
    );
    await this.#pool.query(
      'delete from sallyport.tokens where principal_id = $1 and expires_at < $2::timestamptz - $3::interval',
      [principal.id, new Date(issuedAtMs), KEPT_AFTER_EXPIRY],
    );
  }

  async find(hash: Buffer): Promise<TokenRecord | undefined> {
    const { rows } = await this.#pool.query<TokenRow>(
      'select * from sallyport.tokens where hash = $1',
      [hash],
    );
    return rows[0] && toRecord(rows[0]);
  }

  async revoke(id: string, revokedAtMs: number): Promise<boolean> {
    const { rowCount } = await this.#pool.query(
      withAnnouncement(
        `update sallyport.tokens set revoked_at = coalesce(revoked_at, $2), principal = ${WITHOUT_SEAL}
         where id = $1 returning id`,
        3,
      ),
      [id, new Date(revokedAtMs), SIGN_IN_ENDED],
    );
    return rowCount === 1;
  }

  async list(principalId: PrincipalId): Promise<readonly TokenRecord[]> {
    const { rows } = await this.#pool.query<TokenRow>(
      `select * from sallyport.tokens where principal_id = $1 order by issued_at desc, id limit ${LISTED_MAX}`,
      [principalId],
    );
    return rows.map(toRecord);
  }
}

function toRecord(row: TokenRow): TokenRecord {
  return {
    id: row.id,
    kind: row.kind,
    hash: row.hash,
    principal: row.principal,
    issuedAtMs: row.issued_at.getTime(),
    expiresAtMs: row.expires_at.getTime(),
    ...(row.revoked_at && { revokedAtMs: row.revoked_at.getTime() }),
  };
}
