import type { Pool } from 'pg';
import type {
  Delivery,
  DeliveryOccasion,
  DeliveryStore,
  DeliveryTimes,
  WantedDelivery,
} from '../access/delivery.ts';

interface DeliveryRow {
  /** A bigint, which arrives as text. */
  readonly id: string;
  readonly channel: string;
  readonly request_id: string | null;
  readonly alert_id: string | null;
  readonly occasion: DeliveryOccasion | 'signal';
  readonly attempts: number;
  readonly created_at: Date;
  readonly receipt: string | null;
}

/** Deliveries that are taken at once. */
const TAKEN_MAX = 8;

/** What a channel is told first, whatever else waits for it: whoever asks and withdraws all the time holds up no alert. */
const BY_URGENCY: readonly DeliveryRow['occasion'][] = ['alert', 'signal', 'opened', 'ended'];

/** Messages to channels, in the store's database. */
export class PostgresDeliveries implements DeliveryStore {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async add(wanted: readonly WantedDelivery[], nowMs: number): Promise<void> {
    if (wanted.length === 0) return;
    await this.#pool.query(
      `insert into sallyport.deliveries (channel, request_id, occasion, created_at, due_at)
       select channel, request_id, occasion, $4, $4
       from unnest($1::text[], $2::text[], $3::text[]) as wanted (channel, request_id, occasion)
       on conflict do nothing`,
      [
        wanted.map(({ channel }) => channel),
        wanted.map(({ requestId }) => requestId),
        wanted.map(({ occasion }) => occasion),
        new Date(nowMs),
      ],
    );
  }

  async addMissedEnds(sinceMs: number, nowMs: number): Promise<void> {
    await this.#pool.query(
      `insert into sallyport.deliveries (channel, request_id, occasion, created_at, due_at)
       select told.channel, told.request_id, 'ended', $2, $2
       from sallyport.deliveries told
       join sallyport.access_requests request on request.id = told.request_id
       where told.occasion = 'opened' and told.created_at >= $1
         and request.state not in ('pending', 'unreviewed')
       on conflict (channel, request_id, occasion) do nothing`,
      [new Date(sinceMs), new Date(nowMs)],
    );
  }

  async take(channel: string, { nowMs, againAtMs }: DeliveryTimes): Promise<readonly Delivery[]> {
    const { rows } = await this.#pool.query<DeliveryRow>(
      `update sallyport.deliveries taken set attempts = attempts + 1, due_at = $3
       from (select id from sallyport.deliveries
             where channel = $1 and done_at is null and due_at <= $2
             order by array_position($5::text[], occasion), due_at, id limit $4 for update skip locked) due
       where taken.id = due.id
       returning taken.*, (select earlier.receipt from sallyport.deliveries earlier
         where earlier.channel = taken.channel and earlier.request_id = taken.request_id
           and earlier.receipt is not null order by earlier.id desc limit 1) as receipt`,
      [channel, new Date(nowMs), new Date(againAtMs), TAKEN_MAX, BY_URGENCY],
    );
    return rows
      .map(toDelivery)
      .toSorted(
        (one, other) =>
          BY_URGENCY.indexOf(one.occasion) - BY_URGENCY.indexOf(other.occasion) ||
          one.createdAtMs - other.createdAtMs,
      );
  }

  async finish(id: string, receipt: string | undefined, nowMs: number): Promise<void> {
    await this.#pool.query(
      'update sallyport.deliveries set done_at = $3, receipt = $2 where id = $1 and done_at is null',
      [id, receipt ?? null, new Date(nowMs)],
    );
  }

  async postpone(id: string, againAtMs: number): Promise<void> {
    await this.#pool.query(
      'update sallyport.deliveries set due_at = $2 where id = $1 and done_at is null',
      [id, new Date(againAtMs)],
    );
  }

  async fail(id: string, nowMs: number): Promise<void> {
    await this.#pool.query(
      'update sallyport.deliveries set done_at = $2, failed = true where id = $1 and done_at is null',
      [id, new Date(nowMs)],
    );
  }
}

function toDelivery(row: DeliveryRow): Delivery {
  const { id, channel, occasion, attempts } = row;
  const rest = { id, attempts, createdAtMs: row.created_at.getTime() };
  const receipt = row.receipt ?? undefined;
  return occasion === 'signal'
    ? { channel, occasion, alertId: row.alert_id ?? '', receipt, ...rest }
    : { channel, occasion, requestId: row.request_id ?? '', receipt, ...rest };
}
