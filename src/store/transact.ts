import type { Pool, PoolClient } from 'pg';
import type { GatewayEvent } from '../access/access-service.ts';

/** Runs statements that take effect together or not at all. */
export async function transact<Answer>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Answer>,
): Promise<Answer> {
  const client = await pool.connect();
  let isBroken = true;
  try {
    await client.query('begin');
    try {
      const answer = await work(client);
      await client.query('commit');
      isBroken = false;
      return answer;
    } catch (error) {
      isBroken = await client.query('rollback').then(
        () => false,
        () => true,
      );
      throw error;
    }
  } finally {
    // A connection in an unknown state is closed, which ends its transaction.
    client.release(isBroken);
  }
}

/** Channel on which gateways tell each other what changed. */
export const ANNOUNCEMENT_CHANNEL = 'sallyport_access';

/** Tells all gateways once the transaction commits. */
export async function announce(client: PoolClient, event: unknown): Promise<void> {
  await client.query('select pg_notify($1, $2)', [ANNOUNCEMENT_CHANNEL, JSON.stringify(event)]);
}

/**
 * Says the same in the statement that makes the change, for where each question to the store is waited for.
 *
 * @param changed Ends in `returning`.
 * @param event Number of the parameter with the event as JSON.
 */
export function withAnnouncement(changed: string, event: number): string {
  return `with changed as (${changed})
    select changed.*, pg_notify('${ANNOUNCEMENT_CHANNEL}', $${event}) from changed`;
}

/** As {@link withAnnouncement} takes it. */
export const SIGN_IN_ENDED: string = JSON.stringify({
  kind: 'sign-in.ended',
} satisfies GatewayEvent);

/**
 * The column `principal` of a token or a sign-in that is over: without its seal, taking its end out of the row
 * brings nothing back. What is no object has none.
 */
export const WITHOUT_SEAL =
  "case jsonb_typeof(principal) when 'object' then principal - 'seal' else principal end";
