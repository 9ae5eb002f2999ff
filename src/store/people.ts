import type { Pool } from 'pg';
import type { Page } from '../access/access-service.ts';
import type { PeopleQuery, PeopleStore } from '../access/access-store.ts';
import type { KnownPerson } from '../access/person.ts';
import type { Principal, PrincipalId } from '../identity/principal.ts';
import { parseCursor, toPage } from './page-cursor.ts';

interface PersonRow {
  readonly id: string;
  readonly person: string | null;
  readonly kind: KnownPerson['kind'];
  readonly name: string;
  readonly groups: readonly string[];
  readonly first_seen_at: Date;
  readonly last_seen_at: Date;
}

/** Whether it is not older than what is known: that would bring back groups that were lost since. */
const IS_NEWER = '(known.vouched_at is null or known.vouched_at <= $7)';

/** Who has signed in, in the store's database. */
export class PostgresPeople implements PeopleStore {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async note(principal: Principal, nowMs: number): Promise<void> {
    const { id, person, kind, displayName, groups, vouchedAtMs = nowMs } = principal;
    const seenAt = new Date(nowMs);
    await this.#pool.query(
      `insert into sallyport.people as known
         (id, person, kind, name, groups, first_seen_at, last_seen_at, vouched_at)
       values ($1, $2, $3, $4, $5, $6, $6, $7)
       on conflict (id) do update set
         person = case when ${IS_NEWER} then $2 else known.person end,
         kind = case when ${IS_NEWER} then $3 else known.kind end,
         name = case when ${IS_NEWER} then $4 else known.name end,
         groups = case when ${IS_NEWER} then $5 else known.groups end,
         vouched_at = greatest(known.vouched_at, $7),
         last_seen_at = greatest(known.last_seen_at, $6)`,
      [id, person ?? null, kind, displayName, groups, seenAt, new Date(vouchedAtMs)],
    );
  }

  async find(id: PrincipalId): Promise<KnownPerson | undefined> {
    const { rows } = await this.#pool.query<PersonRow>(
      'select * from sallyport.people where id = $1',
      [id],
    );
    return rows[0] && toPerson(rows[0]);
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
      toItems: (shown) => shown.map(toPerson),
    });
  }
}

function toPerson(row: PersonRow): KnownPerson {
  return {
    id: row.id,
    person: row.person ?? undefined,
    kind: row.kind,
    name: row.name,
    groups: row.groups,
    firstSeenAtMs: row.first_seen_at.getTime(),
    lastSeenAtMs: row.last_seen_at.getTime(),
  };
}
