import type { PostgresConfiguration } from '../api/client-configuration.ts';
import type { Configuration } from '../configuration/load-configuration.ts';
import type { ListenAddress } from './process-message.ts';

/**
 * Where clients of PostgreSQL are sent: to a listener that leads to all targets, if there is one. Undefined if there is
 * no listener.
 *
 * @param addresses Of the listeners, in their order.
 */
export function describePostgres(
  listeners: readonly Pick<Configuration['listeners']['postgres'][number], 'target'>[],
  addresses: readonly ListenAddress[],
): PostgresConfiguration | undefined {
  const unbound = listeners.findIndex(({ target }) => target === undefined);
  const address = addresses[Math.max(0, unbound)];
  if (address === undefined) return undefined;
  const { host, port } = address;
  return unbound === -1 ? { host, port, hasOneTarget: true } : { host, port };
}
