import type { SpoolGate } from '../archive/spool-gate.ts';
import type { Configuration } from '../configuration/load-configuration.ts';
import { type DataPlane, type DataPlaneParts, startDataPlane } from '../gateway/data-plane.ts';
import { serveHttp } from '../gateway/http/serve-http.ts';
import { type ServePostgresParts, servePostgres } from '../gateway/postgres/serve-postgres.ts';
import { serveSsh } from '../gateway/ssh/serve-ssh.ts';
import type { ReviewStanding } from '../protocols/http/exchange-context.ts';
import { loadParser } from '../sql/postgres/parser.ts';
import type { Ways } from '../upstream/ways.ts';
import type { GatewayProcess, GatewayProcessOptions } from './gateway-process.ts';
import type { ListenerCertificates } from './load-certificates.ts';
import type { Access } from './open-access.ts';
import { openDeviceSignIns } from './open-device-sign-ins.ts';
import { openMasking } from './open-masking.ts';
import { openRawTracks, openRecordings } from './open-recordings.ts';
import type { Services } from './open-services.ts';
import { findConsoleOrigin } from './open-web-identity.ts';

/** What {@link startOwnDataPlane} works with. */
export interface OwnDataPlaneParts
  extends Pick<DataPlaneParts, 'spool' | 'tracer' | 'isWitnessed' | 'logName'>,
    Pick<ServePostgresParts, 'cancelKeys'>,
    Pick<GatewayProcess, 'webIdentity'>,
    Pick<GatewayProcessOptions, 'configuration' | 'isServing' | 'passedSockets' | 'log'> {
  readonly services: Services;
  readonly access: Access;
  readonly spool: SpoolGate;
  readonly ways: Ways;
  readonly listenerCertificates: () => ListenerCertificates;
  /** The configuration of this moment. */
  readonly current: () => Configuration;
}

/** The data plane over what this process has opened. */
export async function startOwnDataPlane({
  services,
  access,
  current,
  webIdentity,
  ...parts
}: OwnDataPlaneParts): Promise<DataPlane> {
  const { store, sessions, ledger, recordingKeys, sshAuthorities: authorities } = services;
  const { spool, configuration } = parts;
  const { dataDirectory } = configuration.gateway;
  const parser = await loadParser({ textBytesMax: configuration.limits.statementBytesMax });
  const masking = openMasking(configuration, services, { parser, log: parts.log });
  const shared = { ...services, ...parts, masking, nowMs: Date.now };
  const certificates = () => parts.listenerCertificates().postgres;
  const protocols = [
    servePostgres({ ...shared, parser, certificates }),
    ...(authorities === undefined ? [] : [serveSsh({ ...shared, authorities })]),
    serveHttp({
      ...shared,
      httpCertificates: () => parts.listenerCertificates().http,
      signIdentity: ({ id: session, target: { name: target }, principal }) =>
        webIdentity.callerTokens.sign({ session, target, principal }),
      findReview: (id, principalId) => findReview(access, id, principalId),
      siteSignIns: webIdentity.siteSignIns,
      consoleOrigin: () => findConsoleOrigin(current()),
    }),
  ];
  const rawRecipients = () => current().recordings.rawRecipients;
  return startDataPlane({
    ...services,
    ...access,
    ...webIdentity,
    ...parts,
    deviceSignIns: openDeviceSignIns(current, services.authenticator),
    sessions,
    pseudonymSpending: store.pseudonymSpending,
    masking,
    protocols: parts.isServing ? protocols : [],
    openRecording: openRecordings({ dataDirectory, keys: recordingKeys }, ledger, spool),
    openRawTrack: openRawTracks(dataDirectory, ledger, spool, rawRecipients),
    isDisabled: (id) => services.disabled.has(id),
    nowMs: Date.now,
  });
}

/** How an operation stands that waited, for who asked for it. */
async function findReview(
  { stores }: Access,
  id: string,
  principalId: string,
): Promise<ReviewStanding | undefined> {
  const request = await stores.requests.find(id);
  if (request?.kind !== 'operation' || request.requester.id !== principalId) return undefined;
  const { state, expiresAtMs } = request;
  return { state, expiresAtMs };
}
