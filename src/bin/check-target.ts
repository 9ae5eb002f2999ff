import type { TargetHealth } from '../api/target.ts';
import type { PostgresTargets } from '../gateway/postgres/postgres-targets.ts';
import { UpstreamError } from '../protocols/upstream-error.ts';
import type { PostgresTarget, SshTarget, Target } from '../targets/target.ts';
import { reachSite } from '../upstream/http/reach-site.ts';
import { FOR_GATEWAY, type Ways } from '../upstream/ways.ts';
import { DisconnectReason } from '../wire/ssh/disconnect.ts';

const OWN_SETTINGS: ReadonlyMap<string, string> = new Map([
  ['application_name', 'sallyport console'],
  ['client_encoding', 'UTF8'],
  ['default_transaction_read_only', 'on'],
]);
const CONNECT_TIMEOUT_MS = 5_000;

/** What logs in to targets. */
export interface TargetLogins {
  readonly databases: PostgresTargets;
  readonly ways: Ways;
}

/** Looks whether a target lets the gateway in. */
export async function checkTarget(logins: TargetLogins, target: Target): Promise<TargetHealth> {
  const startedMs = performance.now();
  const checkedAt = new Date().toISOString();
  const signal = AbortSignal.timeout(CONNECT_TIMEOUT_MS);
  try {
    const serverVersion = await askTarget(logins, target, signal);
    const latencyMs = Math.round(performance.now() - startedMs);
    return {
      state: 'reachable',
      checkedAt,
      latencyMs,
      ...(serverVersion !== undefined && { serverVersion }),
    };
  } catch (error) {
    const problem =
      error instanceof UpstreamError ? error.message : 'Cannot connect to the target: no answer';
    return { state: 'unreachable', checkedAt, problem };
  }
}

function askTarget(
  { databases, ways }: TargetLogins,
  target: Target,
  signal: AbortSignal,
): Promise<string | undefined> {
  switch (target.kind) {
    case 'postgres':
      return askDatabase(databases, target, signal);
    case 'ssh':
      return askHost(ways, target, signal);
    case 'http':
    case 'kubernetes':
      return reachSite(target, ways);
  }
}

async function askDatabase(
  databases: PostgresTargets,
  target: PostgresTarget,
  signal: AbortSignal,
): Promise<string | undefined> {
  const upstream = await databases.connect(target, target.database, OWN_SETTINGS, signal);
  upstream.socket.destroy();
  return upstream.parameters.get('server_version');
}

async function askHost(ways: Ways, target: SshTarget, signal: AbortSignal): Promise<string> {
  const login = { account: target.account, keyId: 'sallyport console' };
  const { port } = await ways.connectSsh(target, login, FOR_GATEWAY, signal);
  port.disconnect(DisconnectReason.ByApplication, 'that was all');
  return port.peerIdentification;
}
