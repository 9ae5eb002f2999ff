import type { Pool, PoolClient } from 'pg';
import type { LogPlace } from '../audit/entry-source.ts';
import type {
  Alert,
  AlertClosing,
  AlertCount,
  AlertPage,
  AlertQuery,
  AlertStore,
  LearnedState,
  ShownPatientsPage,
} from '../signals/alert-store.ts';
import type { PrincipalHistory } from '../signals/principal-history.ts';
import type { EntryReference, SignalRuleName } from '../signals/signal.ts';
import type { WatchedSession } from '../signals/signal-watch.ts';
import { parseCursor, toPage } from './page-cursor.ts';
import { transact } from './transact.ts';

interface AlertRow {
  readonly id: string;
  readonly rule: SignalRuleName;
  readonly principal: string;
  readonly target: string | null;
  readonly at: Date;
  readonly summary: string;
  readonly entries: readonly EntryReference[];
  readonly state: Alert['state'];
  readonly closed_by: string | null;
  readonly closed_at: Date | null;
  readonly reason: string | null;
}

/** Alerts, and what their rules learned, in the store's database. */
export class PostgresAlerts implements AlertStore {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async load(gateway: string): Promise<LearnedState> {
    const read = async <Value>(table: string, key: string, value: string) => {
      const { rows } = await this.#pool.query<{ readonly key: string; readonly value: Value }>(
        `select ${key} as key, ${value} as value from sallyport.${table} where gateway = $1`,
        [gateway],
      );
      return new Map(rows.map((row) => [row.key, row.value]));
    };
    return {
      places: await read<LogPlace>('signal_places', 'log', 'place'),
      sessions: await read<WatchedSession>('signal_sessions', 'id', 'session'),
      histories: await read<PrincipalHistory>('signal_histories', 'principal', 'history'),
    };
  }

  save(
    gateway: string,
    alerts: readonly Alert[],
    learned: LearnedState,
    channels: readonly string[] = [],
  ): Promise<void> {
    return transact(this.#pool, async (client) => {
      for (const alert of alerts) {
        await insert(client, alert);
        await addDeliveries(client, alert, channels);
      }
      const { places, sessions, histories } = learned;
      await client.query('delete from sallyport.signal_sessions where gateway = $1', [gateway]);
      await client.query(
        `insert into sallyport.signal_sessions (gateway, id, session)
         select $1, id, session from unnest($2::text[], $3::jsonb[]) as kept (id, session)`,
        [gateway, ...toColumns(sessions)],
      );
      await client.query(
        `insert into sallyport.signal_histories (gateway, principal, history)
         select $1, principal, history from unnest($2::text[], $3::jsonb[]) as kept (principal, history)
         on conflict (gateway, principal) do update
           set history = excluded.history, change = nextval('sallyport.signal_changes')`,
        [gateway, ...toColumns(histories)],
      );
      await client.query(
        `insert into sallyport.signal_places (gateway, log, place)
         select $1, log, place from unnest($2::text[], $3::jsonb[]) as kept (log, place)
         on conflict (gateway, log) do update set place = excluded.place`,
        [gateway, ...toColumns(places)],
      );
    });
  }

  async listPatients(
    day: string,
    after: ReadonlyMap<string, string> = new Map(),
  ): Promise<ShownPatientsPage> {
    const { rows } = await this.#pool.query<{
      readonly gateway: string;
      readonly change: string;
      readonly principal: string;
      readonly pairs: PrincipalHistory['patientsToday'];
      readonly estimated: PrincipalHistory['patientsEstimated'];
    }>(
      // Of each gateway by itself: changes of one are seen in their order, those of two need not be.
      `select gateway, change, principal, history->'patientsToday' as pairs,
         history->'patientsEstimated' as estimated
       from sallyport.signal_histories
         left join unnest($2::text[], $3::bigint[]) as seen (gateway, last) using (gateway)
       where change > coalesce(last, 0) and history->>'day' = $1 order by change`,
      [day, [...after.keys()], [...after.values()]],
    );
    const shown = rows.map(({ gateway, principal, pairs, estimated }) => ({
      gateway,
      principalId: principal,
      patients: [...new Set(pairs.map((pair) => pair.slice(pair.indexOf(' ') + 1)))],
      estimated,
    }));
    const last = new Map(after);
    for (const { gateway, change } of rows) last.set(gateway, change);
    return { shown, last };
  }

  async find(id: string): Promise<Alert | undefined> {
    const { rows } = await this.#pool.query<AlertRow>(
      'select * from sallyport.alerts where id = $1',
      [id],
    );
    return rows[0] && toAlert(rows[0]);
  }

  async list({ state, rule, principalId, limit, cursor }: AlertQuery): Promise<AlertPage> {
    const after = parseCursor(cursor);
    const { rows } = await this.#pool.query<AlertRow>(
      `select * from sallyport.alerts
       where ($1::text is null or state = $1) and ($2::text is null or rule = $2)
         and ($3::text is null or principal = $3)
         and ($4::timestamptz is null or (at, id) < ($4, $5))
       order by at desc, id desc limit $6`,
      [
        state ?? null,
        rule ?? null,
        principalId ?? null,
        after === undefined ? null : new Date(after.atMs),
        after?.id ?? null,
        limit + 1,
      ],
    );
    const { items, nextCursor } = toPage(rows, limit, {
      place: ({ id, at }) => ({ atMs: at.getTime(), id }),
      toItems: (shown) => shown.map(toAlert),
    });
    return { alerts: items, nextCursor };
  }

  async count(): Promise<readonly AlertCount[]> {
    const { rows } = await this.#pool.query<AlertCount>(
      `select rule, state, sum(count)::integer as count
       from (select rule, state, count(*) as count from sallyport.alerts group by rule, state
             union all select rule, state, deleted from sallyport.alert_counts) as counted
       group by rule, state order by rule, state`,
    );
    return rows;
  }

  async close(
    id: string,
    state: 'dismissed' | 'confirmed',
    { by, reason, atMs }: AlertClosing,
  ): Promise<Alert | undefined> {
    const { rows } = await this.#pool.query<AlertRow>(
      `update sallyport.alerts set state = $2, closed_by = $3, closed_at = $4, reason = $5
       where id = $1 and state = 'open' returning *`,
      [id, state, by, new Date(atMs), reason],
    );
    return rows[0] && toAlert(rows[0]);
  }
}

async function insert(client: PoolClient, alert: Alert): Promise<void> {
  const { id, rule, principalId, target, atMs, summary, entries } = alert;
  await client.query(
    `insert into sallyport.alerts (id, rule, principal, target, at, summary, entries)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do nothing`,
    [id, rule, principalId, target ?? null, new Date(atMs), summary, JSON.stringify(entries)],
  );
}

/** Kept with the alert: a process that ends in between leaves no channel untold. */
async function addDeliveries(
  client: PoolClient,
  { id }: Alert,
  channels: readonly string[],
): Promise<void> {
  await client.query(
    `insert into sallyport.deliveries (channel, alert_id, occasion, created_at, due_at)
     select channel, $2, 'signal', now(), now() from unnest($1::text[]) as wanted (channel)
     on conflict do nothing`,
    [channels, id],
  );
}

/** Keys and values as two arrays, which the driver sends as they are. */
function toColumns(map: ReadonlyMap<string, unknown>): readonly [string[], string[]] {
  return [[...map.keys()], [...map.values()].map((value) => JSON.stringify(value))];
}

function toAlert(row: AlertRow): Alert {
  const { id, rule, principal, target, at, summary, entries, state } = row;
  const { closed_by: by, closed_at: closedAt, reason } = row;
  return {
    id,
    rule,
    principalId: principal,
    ...(target !== null && { target }),
    atMs: at.getTime(),
    summary,
    entries,
    state,
    ...(by !== null &&
      closedAt !== null && { closing: { by, reason: reason ?? '', atMs: closedAt.getTime() } }),
  };
}
