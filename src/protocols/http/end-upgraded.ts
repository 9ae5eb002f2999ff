import type { UpgradedExchange } from './upgrade-handler.ts';

/** Milliseconds that a client has to take the end of it. */
const CLOSE_MS_MAX = 5_000;

/**
 * Ends an upgraded exchange whose client has been told why, and is told nothing more: the target at once, the client's side once
 * it has closed. What still comes of it has to be dropped; left unread, it would become a reset, which takes from the client
 * what it has not read.
 */
export function endUpgraded({
  client,
  target,
  schedule,
}: Pick<UpgradedExchange, 'client' | 'target' | 'schedule'>): void {
  target.destroy();
  client.end();
  client.resume();
  schedule(CLOSE_MS_MAX, () => client.destroy());
}
