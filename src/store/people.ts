import type { Pool } from 'pg';
import type { Page } from '../access/access-service.ts';
import type { PeopleQuery, PeopleStore } from '../access/access-store.ts';
import type { KnownPerson } from '../access/person.ts';
import type { Principal, PrincipalId } from '../identity/principal.ts';
import { parseCursor, toPage } from './page-cursor.ts';
import type { SealedJson } from './sealed-json.ts';

interface PersonRow {
  readonly id: string;
  readonly person: string | null;
  readonly kind: KnownPerson['kind'];
  readonly name: string;
  readonly first_seen_at: Date;
  readonly last_seen_at: Date;
  readonly vouched_at: Date | null;
  /** Null in rows from before there was one. */
  readonly sealed: Buffer | null;
}

/** What rights come from, as it is sealed. */
interface SealedPerson {
  readonly person?: string | undefined;
  readonly kind: KnownPerson['kind'];
  readonly groups: readonly string[];
  readonly vouchedAtMs: number;
}

/** Whether it is not older than what is known: that would bring back groups that were lost since. */
const IS_NEWER = '(known.vouched_at is null or known.vouched_at <= $7)';

/** Who has signed in, in the store's database. Rights come of what is sealed only: no group can be written into the columns. */
export class PostgresPeople implements PeopleStore {
  readonly #pool: Pool;
  readonly #sealed: SealedJson;

  constructor(pool: Pool, sealed: SealedJson) {
    this.#pool = pool;
    this.#sealed = sealed;
  }

  async note(principal: Principal, nowMs: number): Promise<void> {
    const { id, person, kind, displayName, groups, vouchedAtMs = nowMs } = principal;
    const seenAt = new Date(nowMs);
    const vouchedAt = new Date(vouchedAtMs);
    const sealed: SealedPerson = { person, kind, groups, vouchedAtMs: vouchedAt.getTime() };
    await this.#pool.query(
      `insert into sallyport.people as known
         (id, person, kind, name, groups, first_seen_at, last_seen_at, vouched_at, sealed)
       values ($1, $2, $3, $4, $5, $6, $6, $7, $8)
       on conflict (id) do update set
         person = case when ${IS_NEWER} then $2 else known.person end,
         kind = case when ${IS_NEWER} then $3 else known.kind end,
         name = case when ${IS_NEWER} then $4 else known.name end,
         groups = case when ${IS_NEWER} then $5 else known.groups end,
         sealed = case when ${IS_NEWER} then $8 else known.sealed end,
         vouched_at = greatest(known.vouched_at, $7),
         last_seen_at = greatest(known.last_seen_at, $6)`,
      [
        ...[id, person ?? null, kind, displayName, groups, seenAt, vouchedAt],
        this.#sealed.seal(id, sealed),
      ],
    );
  }

  async find(id: PrincipalId): Promise<KnownPerson | undefined> {
    const { rows } = await this.#pool.query<PersonRow>(
      'select * from sallyport.people where id = $1',
      [id],
    );
    return rows[0] && this.#toPerson(rows[0]);
  }

  async list({ text, cursor, limit }: PeopleQuery): Promise<Page<KnownPerson>> {
    const after = parseCursor(cursor);
    const { rows } = await this.#pool.query<PersonRow>(
      `select * from sallyport.people
       where ($1::text is null or strpos(lower(name), lower($1)) > 0 or strpos(lower(id), lower($1)) > 0)
         and ($2::timestamptz is null or (last_seen_at, id) < ($2, $3))
       order by last_seen_at desc, id desc
       limit $4`,
      [
        text ?? null,
        after === undefined ? null : new Date(after.atMs),
        after?.id ?? null,
        limit + 1,
      ],
    );
    return toPage(rows, limit, {
      place: ({ id, last_seen_at }) => ({ atMs: last_seen_at.getTime(), id }),
      toItems: (shown) => shown.map((row) => this.#toPerson(row)),
    });
  }

  #toPerson(row: PersonRow): KnownPerson {
    const { id, name, first_seen_at: firstSeenAt, last_seen_at: lastSeenAt } = row;
    const sealed = this.#findSealed(row);
    return {
      ...{ id, name, firstSeenAtMs: firstSeenAt.getTime(), lastSeenAtMs: lastSeenAt.getTime() },
      isVouched: sealed !== undefined,
      kind: sealed?.kind ?? row.kind,
      person: sealed === undefined ? (row.person ?? undefined) : sealed.person,
      groups: sealed?.groups ?? [],
    };
  }

  /** Undefined where no gateway with the key wrote it. With another time nothing newer could replace it. */
  #findSealed({ id, vouched_at: vouchedAt, sealed }: PersonRow): SealedPerson | undefined {
    if (sealed === null) return undefined;
    const open = (): SealedPerson => this.#sealed.open(id, sealed) as SealedPerson;
    const [person] = this.#sealed.openAll([sealed], open);
    // Of an infinite time the driver makes a number.
    return person?.vouchedAtMs === Number(vouchedAt) ? person : undefined;
  }
}
