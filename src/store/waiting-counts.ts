import type { Pool } from 'pg';

/** What waits for people. */
export interface WaitingCounts {
  /** Access requests, and break-glass that nobody has reviewed. */
  readonly reviews: number;
  readonly openAlerts: number;
}

/** Counts what waits for people. */
export async function countWaiting(pool: Pool): Promise<WaitingCounts> {
  const { rows } = await pool.query<{ reviews: number; open_alerts: number }>(
    `select
       (select count(*) from sallyport.access_requests
        where state in ('pending', 'unreviewed'))::int as reviews,
       (select count(*) from sallyport.alerts where state = 'open')::int as open_alerts`,
  );
  return { reviews: rows[0]?.reviews ?? 0, openAlerts: rows[0]?.open_alerts ?? 0 };
}
