import { once } from 'node:events';
import { connect } from 'node:net';
import { describeSocketError, UpstreamError } from '../../protocols/upstream-error.ts';
import type { WebTarget } from '../../targets/target.ts';

/**
 * Looks whether a target takes connections. It is sent nothing: a service has no login, and any request might mean
 * something to it.
 *
 * @throws {UpstreamError}
 */
export async function reachSite({ host, port }: WebTarget, signal: AbortSignal): Promise<void> {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect', { signal });
  } catch (error) {
    if (signal.aborted) throw new UpstreamError('ERR_UPSTREAM_TIMEOUT', 'no answer in time');
    throw describeSocketError(error as Error);
  } finally {
    socket.destroy();
  }
}
