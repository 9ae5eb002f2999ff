import { randomBytes, randomUUID } from 'node:crypto';
import type {
  AddedConnector,
  ConnectorPath,
  ConnectorSubmission,
  ConnectorView,
  TunnelView,
} from '../api/connector.ts';
import type {
  ConnectorRecord,
  ConnectorStore,
  TunnelRecord,
} from '../gateway/connectors/connector-store.ts';
import { hashEnrolmentToken } from '../gateway/connectors/enrolment-desk.ts';
import { enterSealed } from '../gateway/connectors/enter-sealed.ts';
import { type Answer, answerJson, answerProblem } from './answer.ts';
import {
  describeConnectorState,
  findConnectorProblems,
  type ObservedConnector,
} from './connector-problems.ts';
import { findNewestGateway } from './gateway-handlers.ts';
import type { SignedInCall } from './handler.ts';
import type { ControlPlaneServices } from './services.ts';

/** Who may begin tunnels, and what they are to believe. */
export interface ConnectorServices {
  readonly store: Pick<ConnectorStore, 'add' | 'list' | 'find' | 'remove' | 'listTunnels'>;
  /** PEM of the authority of tunnels. */
  readonly authorityPem: string;
}

/** Milliseconds that a token to enrol with is good for. */
const TOKEN_LIFETIME_MS = 3_600_000;
/** Milliseconds after which a tunnel is gone of which its process says nothing any more. */
const TUNNEL_SEEN_MS = 5_000;
const TOKEN_BYTES = 32;

type Services = Pick<ControlPlaneServices, 'connectors' | 'processes' | 'nowMs' | 'ledger'>;

/** Lists connectors with the tunnels that they have to all gateways on the store. */
export async function listConnectors(services: Services): Promise<Answer> {
  const records = await services.connectors.store.list();
  return answerJson({ connectors: await describe(services, records) });
}

/** Answers with one connector. */
export async function getConnector(services: Services, { path }: SignedInCall): Promise<Answer> {
  const { name } = path as ConnectorPath;
  const record = await services.connectors.store.find(name);
  if (record === undefined) return noConnector();
  const [view] = await describe(services, [record]);
  return answerJson(view);
}

/** Lets a connector enrol. It is in the ledger before: one that is its workload could enrol at once. */
export async function addConnector(
  services: Services,
  { json, principal, clientAddress }: SignedInCall,
): Promise<Answer> {
  const { connectors, nowMs, ledger } = services;
  const { name, workload } = json as ConnectorSubmission;
  if ((await connectors.store.find(name)) !== undefined) return answerTaken();
  const token = workload === undefined ? makeToken() : undefined;
  const id = randomUUID();
  await enterSealed(ledger, {
    ...{ kind: 'connector.add', connector: name, connectorId: id },
    ...{ principal: principal.id, clientAddress, ...(workload !== undefined && { workload }) },
  });
  const added = await connectors.store.add(
    { id, name, createdBy: principal.id, workload },
    token === undefined
      ? undefined
      : { hash: hashEnrolmentToken(token), expiresAtMs: nowMs() + TOKEN_LIFETIME_MS },
  );
  // Two people at the same time: both are in the ledger, the first counts.
  if (!added) return answerTaken();
  const record = await connectors.store.find(name);
  const [connector] = record === undefined ? [] : await describe(services, [record]);
  if (connector === undefined) return noConnector();
  const answer: AddedConnector = {
    connector,
    authority: connectors.authorityPem,
    ...(token !== undefined && { token }),
  };
  return answerJson(answer, 201);
}

/** Removes a connector. Each process ends its tunnels within a second, and issues no certificate any more. */
export async function removeConnector(
  services: Services,
  { path, principal, clientAddress }: SignedInCall,
): Promise<Answer> {
  const { name } = path as ConnectorPath;
  const { store } = services.connectors;
  const found = await store.find(name);
  if (found === undefined) return noConnector();
  await enterSealed(services.ledger, {
    ...{ kind: 'connector.remove', connector: name, connectorId: found.id },
    ...{ principal: principal.id, clientAddress },
  });
  if (!(await store.remove(found.id))) return noConnector();
  return listConnectors(services);
}

function answerTaken(): Answer {
  return answerProblem('conflict', 'there is a connector of this name: remove it first');
}

function noConnector(): Answer {
  return answerProblem('not-found', 'there is no such connector');
}

function makeToken(): string {
  return `sct_${randomBytes(TOKEN_BYTES).toString('base64url')}`;
}

async function describe(
  { connectors, processes, nowMs }: Services,
  records: readonly ConnectorRecord[],
): Promise<readonly ConnectorView[]> {
  const now = nowMs();
  const tunnels = await connectors.store.listTunnels(now - TUNNEL_SEEN_MS);
  const newestGateway = findNewestGateway(await processes.list());
  return records.map((record) => {
    const own = tunnels.filter(({ connectorId }) => connectorId === record.id);
    return describeOne({ record, tunnels: own, newestGateway, nowMs: now });
  });
}

function describeOne(connector: ObservedConnector): ConnectorView {
  const { record, tunnels } = connector;
  return {
    name: record.name,
    id: record.id,
    createdAt: toIso(record.createdAtMs),
    createdBy: record.createdBy,
    ...(record.workload !== undefined && { workload: record.workload }),
    ...(record.tokenExpiresAtMs !== undefined && {
      tokenExpiresAt: toIso(record.tokenExpiresAtMs),
    }),
    ...(record.certificateExpiresAtMs !== undefined && {
      certificateExpiresAt: toIso(record.certificateExpiresAtMs),
    }),
    ...(record.seenAtMs !== undefined && { seenAt: toIso(record.seenAtMs) }),
    state: describeConnectorState(connector),
    problems: findConnectorProblems(connector),
    tunnels: tunnels.map(describeTunnel),
  };
}

function describeTunnel({ log, openedAtMs, facts }: TunnelRecord): TunnelView {
  const { state, remoteAddress, version, targets, health } = facts;
  return {
    ...{ log, state, since: toIso(openedAtMs), remoteAddress, version },
    streams: health?.streams ?? 0,
    memoryBytes: health?.memoryBytes ?? 0,
    recordsWaiting: health?.recordsWaiting ?? 0,
    targets: targets.map(({ name }) => name),
    unreachable: health?.unreachable ?? [],
  };
}

function toIso(atMs: number): string {
  return new Date(atMs).toISOString();
}
