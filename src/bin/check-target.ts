import { once } from 'node:events';
import { connect } from 'node:net';
import type { TargetHealth } from '../api/target.ts';
import type { PostgresTargets } from '../gateway/postgres/postgres-targets.ts';
import { UpstreamError } from '../protocols/postgres/upstream-error.ts';
import type { PostgresTarget, SshTarget, Target } from '../targets/target.ts';

const OWN_SETTINGS: ReadonlyMap<string, string> = new Map([
  ['application_name', 'sallyport console'],
  ['client_encoding', 'UTF8'],
  ['default_transaction_read_only', 'on'],
]);
const CONNECT_TIMEOUT_MS = 5_000;

/** Looks whether a target answers as what it is meant to be. */
export async function checkTarget(
  databases: PostgresTargets,
  target: Target,
): Promise<TargetHealth> {
  const startedMs = performance.now();
  const checkedAt = new Date().toISOString();
  const signal = AbortSignal.timeout(CONNECT_TIMEOUT_MS);
  try {
    const serverVersion =
      target.kind === 'postgres'
        ? await askDatabase(databases, target, signal)
        : await askHost(target, signal);
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

async function askDatabase(
  databases: PostgresTargets,
  target: PostgresTarget,
  signal: AbortSignal,
): Promise<string | undefined> {
  const upstream = await databases.connect(target, target.database, OWN_SETTINGS, signal);
  upstream.socket.destroy();
  return upstream.parameters.get('server_version');
}

/** What the host calls itself, which it says before anybody logs in. */
async function askHost({ host, port }: SshTarget, signal: AbortSignal): Promise<string> {
  const socket = connect({ host, port });
  try {
    const [first] = (await once(socket, 'data', { signal })) as [Buffer];
    const [, version] = /^SSH-2\.0-([\x21-\x7e]{1,100})/.exec(first.toString('latin1')) ?? [];
    if (version === undefined) throw new UpstreamError('ERR_UPSTREAM_PROTOCOL', 'is no SSH server');
    return version;
  } finally {
    socket.destroy();
  }
}
