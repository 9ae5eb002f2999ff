import type { ConnectorView } from '../api/connector.ts';
import type { ConnectorRecord, TunnelRecord } from '../gateway/connectors/connector-store.ts';
import { CERTIFICATE_LIFETIME_MS } from '../gateway/connectors/enrolment-desk.ts';
import { formatInstant } from './instant-text.ts';
import { findNewestVersion, isOlderVersion } from './newest-version.ts';

/** A connector at a moment. */
export interface ObservedConnector {
  readonly record: ConnectorRecord;
  /** Its own. */
  readonly tunnels: readonly TunnelRecord[];
  /** The newest version that a gateway on the store runs, if that is known. */
  readonly newestGateway: string | undefined;
  readonly nowMs: number;
}

/** A certificate is renewed at half of its lifetime: with less than this left, renewing fails. */
const UNRENEWED_MS = CERTIFICATE_LIFETIME_MS / 4;
const HOUR_MS = 3_600_000;

/** How a connector is, in a word. */
export function describeConnectorState({
  record,
  tunnels,
}: Pick<ObservedConnector, 'record' | 'tunnels'>): ConnectorView['state'] {
  const states = new Set(tunnels.map(({ facts }) => facts.state));
  if (states.has('open')) return 'attached';
  if (states.has('suspect')) return 'suspect';
  if (states.has('leaving')) return 'leaving';
  return record.certificateExpiresAtMs === undefined ? 'not-enrolled' : 'silent';
}

/** What is wrong with a connector, in words that say what to do where something can be done. */
export function findConnectorProblems(connector: ObservedConnector): readonly string[] {
  const unreachable = connector.tunnels.flatMap(({ facts }) => facts.health?.unreachable ?? []);
  const targets = [...new Set(unreachable)].toSorted();
  return [
    ...describeAbsence(connector),
    ...describeIdentity(connector),
    ...targets.map((target) => `does not reach its target ${target}`),
    ...describeUpgrade(connector),
  ];
}

function describeAbsence({ record, tunnels }: ObservedConnector): readonly string[] {
  const state = describeConnectorState({ record, tunnels });
  if (state === 'suspect') return ['suspect: nothing comes through its tunnels, it dials again'];
  if (state !== 'silent') return [];
  return record.seenAtMs === undefined
    ? ['enrolled, and attached to no gateway yet']
    : [`silent since ${formatInstant(record.seenAtMs)}: it is attached to no gateway`];
}

function describeIdentity({ record, nowMs }: ObservedConnector): readonly string[] {
  const { certificateExpiresAtMs: expiresAtMs, workload } = record;
  if (expiresAtMs === undefined) return [describeEnrolment(record, nowMs)];
  const leftMs = expiresAtMs - nowMs;
  if (leftMs >= UNRENEWED_MS) return [];
  if (leftMs > 0) {
    const left = leftMs < HOUR_MS ? 'less than an hour' : `${Math.floor(leftMs / HOUR_MS)} h`;
    return [`identity expires in ${left}, at ${formatInstant(expiresAtMs)}, and was not renewed`];
  }
  const remedy =
    workload === undefined
      ? 'remove it, add it again, and give it the new token'
      : 'it enrols again once a token of its workload comes';
  return [`identity expired at ${formatInstant(expiresAtMs)}: ${remedy}`];
}

function describeEnrolment({ workload, tokenExpiresAtMs }: ConnectorRecord, nowMs: number): string {
  if (workload !== undefined) return 'not enrolled yet: no token of its workload came';
  if (tokenExpiresAtMs !== undefined && tokenExpiresAtMs > nowMs) {
    return `not enrolled yet: its token is good until ${formatInstant(tokenExpiresAtMs)}`;
  }
  return 'not enrolled, and its token is over: remove it, and add it again';
}

function describeUpgrade({ tunnels, newestGateway }: ObservedConnector): readonly string[] {
  const own = findNewestVersion(tunnels.map(({ facts }) => facts.version));
  if (own === undefined || newestGateway === undefined) return [];
  if (!isOlderVersion(own, newestGateway)) return [];
  return [`upgrade pending: it runs ${own}, and gateways ${newestGateway}`];
}
