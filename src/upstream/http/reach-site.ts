import { dial } from '../../protocols/http/upstream/dial.ts';
import { UpstreamError } from '../../protocols/upstream-error.ts';
import { SecretError } from '../../targets/secret-error.ts';
import type { ResolveSecret } from '../../targets/secret-resolver.ts';
import type { WebTarget } from '../../targets/target.ts';
import { chooseApplications, readDialOptions } from './dial-options.ts';

/** Milliseconds until a target must have taken a connection. */
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Connects to a target and checks its certificate. It is sent nothing: a service has no login, and any request
 * might mean something to it.
 *
 * @returns What it would be spoken to in: `h2` or `http/1.1`.
 * @throws {UpstreamError}
 */
export async function reachSite(target: WebTarget, resolveSecret: ResolveSecret): Promise<string> {
  try {
    const where = await readDialOptions(target, resolveSecret);
    const options = { ...where, connectTimeoutMs: CONNECT_TIMEOUT_MS };
    const { socket, application } = await dial(options, chooseApplications(target));
    socket.destroy();
    return application;
  } catch (error) {
    if (!(error instanceof SecretError)) throw error;
    throw new UpstreamError('ERR_UPSTREAM_LOGIN', error.message, { cause: error });
  }
}
