import type { WebTarget } from '../../targets/target.ts';
import { FOR_GATEWAY, type Ways } from '../ways.ts';
import { chooseApplications } from './dial-options.ts';

/** Milliseconds until a target must have taken a connection. */
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Connects to a target and checks its certificate, or has its connector answer for it. It is sent nothing: a service
 * has no login, and any request might mean something to it.
 *
 * @returns What it would be spoken to in: `h2` or `http/1.1`.
 * @throws {UpstreamError}
 */
export async function reachSite(target: WebTarget, ways: Pick<Ways, 'dialHttp'>): Promise<string> {
  const applications = chooseApplications(target);
  const dialed = await ways.dialHttp(target, applications, FOR_GATEWAY, CONNECT_TIMEOUT_MS);
  dialed.socket.destroy();
  return dialed.application;
}
