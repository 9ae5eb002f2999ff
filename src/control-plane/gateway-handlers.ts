import type { GatewayList, GatewayProcessView } from '../api/gateway-process.ts';
import type { KnownProcess } from '../gateway/process-beat.ts';
import { type Answer, answerJson } from './answer.ts';
import { formatInstant } from './instant-text.ts';
import { findNewestVersion, isOlderVersion } from './newest-version.ts';
import type { ControlPlaneServices } from './services.ts';

/** Lists the processes of all gateways on the store, and says what is wrong with each. */
export async function listGateways({
  processes,
}: Pick<ControlPlaneServices, 'processes'>): Promise<Answer> {
  const known = await processes.list();
  const newest = findNewestGateway(known);
  const list: GatewayList = { processes: known.map((process) => describe(process, newest)) };
  return answerJson(list);
}

/** The newest version that a gateway on the store runs. Undefined if none is there. */
export function findNewestGateway(processes: readonly KnownProcess[]): string | undefined {
  return findNewestVersion(
    processes.filter(({ isSilent }) => !isSilent).map(({ version }) => version),
  );
}

function describe(process: KnownProcess, newest: string | undefined): GatewayProcessView {
  const { log, gateway, version, sessions, startedAtMs, beatAtMs, drainingAtMs } = process;
  return {
    ...{ log, gateway, version, sessions },
    since: toIso(startedAtMs),
    seenAt: toIso(beatAtMs),
    state: describeState(process),
    ...(drainingAtMs !== undefined && { drainingSince: toIso(drainingAtMs) }),
    problems: findProblems(process, newest),
  };
}

function describeState({ isSilent, drainingAtMs }: KnownProcess): GatewayProcessView['state'] {
  if (isSilent) return 'silent';
  return drainingAtMs === undefined ? 'serving' : 'draining';
}

function findProblems(
  { isSilent, beatAtMs, sessions, version }: KnownProcess,
  newest: string | undefined,
): readonly string[] {
  if (isSilent) {
    const silent = `silent since ${formatInstant(beatAtMs)}: it died, or does not reach the store`;
    return sessions === 0
      ? [silent]
      : [silent, `its sessions are shown as running (${sessions}) until it is started again`];
  }
  if (newest === undefined || !isOlderVersion(version, newest)) return [];
  return [`upgrade pending: it runs ${version}, and another gateway ${newest}`];
}

function toIso(atMs: number): string {
  return new Date(atMs).toISOString();
}
