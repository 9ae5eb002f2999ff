import { join } from 'node:path';
import { SpoolGate } from '../archive/spool-gate.ts';
import { LedgerReader } from '../audit/ledger-reader.ts';
import { ConfigurationError } from '../configuration/configuration-error.ts';
import type { Configuration } from '../configuration/load-configuration.ts';
import { readConfiguration } from '../configuration/local-settings.ts';
import type { Connectors } from '../gateway/connectors/connectors.ts';
import type { DataPlane } from '../gateway/data-plane.ts';
import { findDocumentProblems } from '../gateway/http/find-document-problems.ts';
import type { Listener } from '../gateway/listen.ts';
import type { PassedSockets } from '../gateway/passed-sockets.ts';
import { ProcessBeat } from '../gateway/process-beat.ts';
import { type CancelAttempt, CancelKeys } from '../protocols/postgres/cancel-keys.ts';
import type { StoreConnection } from '../store/open-store.ts';
import type { ClientProtocol } from '../targets/target.ts';
import {
  logConfigurationApplied,
  logConfigurationRejected,
  logUnexpectedError,
} from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import type { OpenStream } from '../upstream/open-stream.ts';
import { openWays } from '../upstream/open-ways.ts';
import type { Ways } from '../upstream/ways.ts';
import { describeConfiguration } from './describe-configuration.ts';
import { type ListenerCertificates, loadCertificates } from './load-certificates.ts';
import { type Access, openAccess } from './open-access.ts';
import { openConnectors } from './open-connectors.ts';
import { type Environment, openServices, parsePolicies, type Services } from './open-services.ts';
import { type FindLink, openStreamAnywhere } from './open-stream-anywhere.ts';
import { openTraces } from './open-traces.ts';
import { listAuthorities, openWebIdentity, type WebIdentity } from './open-web-identity.ts';
import { openWitnessing, type Witnessing } from './open-witnessing.ts';
import type { ListenAddress, ListenAddresses } from './process-message.ts';
import { startOwnDataPlane } from './start-own-data-plane.ts';
import { VERSION } from './version.ts';

export interface GatewayProcessOptions {
  readonly configuration: Configuration;
  readonly environment: Environment;
  readonly storeConnection: StoreConnection;
  /** Tells the processes of one gateway apart: `0`, `1`, … */
  readonly processName: string;
  /** Whether it opens the listeners for clients: where others do, it serves none. */
  readonly isServing: boolean;
  readonly passedSockets: PassedSockets;
  readonly log: Log;
  /** Passes a cancel request of PostgreSQL on to the other processes of this gateway. */
  readonly passCancelOn: ((attempt: CancelAttempt) => void) | undefined;
  /** Finds who else has tunnels of connectors. Default: nobody has. */
  readonly findLink?: FindLink;
}

/** One process of a gateway. */
export interface GatewayProcess extends AsyncDisposable {
  readonly services: Services;
  readonly access: Access;
  readonly witnessing: Witnessing;
  readonly webIdentity: WebIdentity;
  readonly dataPlane: DataPlane;
  /** Says in the store that the process is there. */
  readonly beat: ProcessBeat;
  readonly spool: SpoolGate;
  /** Whose tunnels end in this process. */
  readonly connectors: Connectors;
  /** Through connectors wherever they are attached. */
  readonly openStream: OpenStream;
  readonly ways: Ways;
  readonly configuration: Configuration;
  /** What its listeners show their clients. */
  readonly certificates: ListenerCertificates;
  readonly addresses: ListenAddresses;
  /** A cancel request of PostgreSQL that came to another process. */
  cancel(attempt: CancelAttempt): void;
  /**
   * Reads the configuration directory and the certificates again; what does not validate changes nothing. Returns whether
   * the configuration that is there is in force.
   */
  reload(): Promise<boolean>;
}

/** Opens what a process of a gateway works with, and serves sessions if it is to. */
export async function startGatewayProcess(options: GatewayProcessOptions): Promise<GatewayProcess> {
  const { environment, storeConnection, processName, log } = options;
  let { configuration } = options;
  const { dataDirectory, name } = configuration.gateway;
  const logName = `${name}.${processName}`;
  await using opened = new AsyncDisposableStack();
  const services = opened.use(
    await openServices({ configuration, environment, storeConnection, logName, log }),
  );
  const witnessing = await beginLog(services, { configuration, logName, log });
  const beat = opened.use(beginBeat(services, { log: logName, gateway: name }));

  const access = opened.use(
    await openAccess(services, { logName, settings: () => configuration.reviews, log }),
  );
  const spool = opened.use(await SpoolGate.open(dataDirectory));
  const tracer = opened.use(await openTraces(configuration.traces, services.resolveSecret));
  const webIdentity = openWebIdentity(() => configuration, services);
  let certificates = await loadCertificates(configuration);
  const cancelKeys = new CancelKeys(options.passCancelOn);
  const tunnels = opened.use(await openConnectors({ ...options, services, logName }));
  const openStream = openStreamAnywhere({
    ...{ connectors: tunnels.connectors, store: services.connectors, log },
    findLink: options.findLink ?? (() => undefined),
  });
  const ways = openWays({ ...services, openStream, nowMs: Date.now });
  const dataPlane = await startOwnDataPlane({
    ...options,
    ...{ ways, services, access, spool, tracer, logName, webIdentity, cancelKeys },
    isWitnessed: witnessing.isWitnessed,
    current: () => configuration,
    listenerCertificates: () => certificates,
  });
  opened.defer(forgetRevoked(services, dataPlane));
  opened.defer(async () => {
    await dataPlane.stop();
    await access.desk[Symbol.asyncDispose]();
    const stop = { kind: 'gateway.stop', gateway: name, process: processName } as const;
    services.ledger.append(stop, 'sealed', () => undefined);
  });

  const resources = opened.move();
  return {
    services,
    access,
    witnessing,
    webIdentity,
    dataPlane,
    beat,
    spool,
    get configuration() {
      return configuration;
    },
    get certificates() {
      return certificates;
    },
    connectors: tunnels.connectors,
    openStream,
    ways,
    addresses: { ...listAddresses(dataPlane.listeners), connectors: tunnels.addresses },
    cancel: (attempt) => void cancelKeys.cancelHere(attempt),
    async reload() {
      const parts = { services, webIdentity, dataPlane };
      const next = await orLogged(log, readAgain(configuration, parts, log));
      configuration = next ?? configuration;
      certificates = (await orLogged(log, loadCertificates(configuration))) ?? certificates;
      return next !== undefined;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Ends what lives on sign-ins that were revoked elsewhere, as soon as that is announced. */
function forgetRevoked({ store, authenticator }: Services, dataPlane: DataPlane): () => void {
  return store.announcements.subscribeGateway((event) => {
    if (event.kind === 'configuration.changed') return;
    authenticator.forgetCached();
    dataPlane.checkSignIns();
  });
}

/** Puts the configuration in force that is in the directory now, and returns it. @throws {ConfigurationError} */
async function readAgain(
  before: Configuration,
  own: Pick<GatewayProcess, 'services' | 'webIdentity' | 'dataPlane'>,
  log: Log,
): Promise<Configuration> {
  const next = await readConfiguration(before.directory, before.local);
  if (next.hash === before.hash) return before;
  putInForce(next, before, own);
  logConfigurationApplied(log, next.hash);
  return next;
}

/** @throws {ConfigurationError} If something of it cannot be taken; then nothing has changed. */
function putInForce(
  next: Configuration,
  before: Configuration,
  {
    services,
    webIdentity,
    dataPlane,
  }: Pick<GatewayProcess, 'services' | 'webIdentity' | 'dataPlane'>,
): void {
  // Everything that can fail comes before the first change, and what would keep a gateway from starting is not taken.
  const policySet = parsePolicies(next);
  const problems = findDocumentProblems(next, before);
  if (problems.length > 0) throw new ConfigurationError(problems);
  dataPlane.prepare(next);
  webIdentity.clientCertificates.configure(listAuthorities(next));
  services.authenticator.reconfigure(next.identity.providers);
  services.policies.replace(policySet);
  services.secrets.reconfigure(next);
  services.disabled = new Set(next.identity.disabled);
  dataPlane.reconfigure(next);
  noteConfiguration(services, next);
}

function noteConfiguration({ ledger, policies }: Services, configuration: Configuration): void {
  for (const entry of describeConfiguration(configuration, policies.current.version)) {
    ledger.append(entry, 'sealed', () => undefined);
  }
}

function beginBeat(
  { store }: Pick<Services, 'store'>,
  own: { readonly log: string; readonly gateway: string },
): ProcessBeat {
  return new ProcessBeat(store.gatewayProcesses, { ...own, version: VERSION }, Date.now);
}

/** Enters that the process began, and has its log known and witnessed. */
async function beginLog(
  services: Services,
  {
    configuration,
    logName,
    log,
  }: { readonly configuration: Configuration; readonly logName: string; readonly log: Log },
): Promise<Witnessing> {
  const { ledger, store, sessions } = services;
  const { dataDirectory, name } = configuration.gateway;
  await sessions.endAbandoned(logName, Date.now());
  await registerLog(services, { dataDirectory, logName, gateway: name });
  const processName = logName.slice(name.length + 1);
  const started = { kind: 'gateway.start', gateway: name, process: processName } as const;
  ledger.append({ ...started, pid: process.pid }, 'sealed', () => undefined);
  noteConfiguration(services, configuration);
  const witnessed = { settings: configuration.audit.witnesses, logs: store.logs };
  return openWitnessing({ ...witnessed, ledger, dataDirectory, logName, log });
}

/** Puts the log of this process on the store's list of all logs: who cannot read it shall know that there is one. */
async function registerLog(
  { store }: Pick<Services, 'store'>,
  {
    dataDirectory,
    logName,
    gateway,
  }: { readonly dataDirectory: string; readonly logName: string; readonly gateway: string },
): Promise<void> {
  const logs = await new LedgerReader(join(dataDirectory, 'ledger')).listLogs();
  const own = logs.find((log) => log.name === logName);
  if (own === undefined) return;
  const { publicKey } = own;
  await store.logs.register({ id: logName, gateway, publicKey, createdAtMs: Date.now() });
}

function listAddresses(listeners: readonly Listener[]): Omit<ListenAddresses, 'connectors'> {
  const listOf = (kind: ClientProtocol): readonly ListenAddress[] =>
    listeners.filter(({ protocol }) => protocol === kind).map(({ host, port }) => ({ host, port }));
  return { postgres: listOf('postgres'), ssh: listOf('ssh'), http: listOf('http') };
}

/** What was read for use; undefined if it cannot be used: then why is logged. */
async function orLogged<Read>(log: Log, reading: Promise<Read>): Promise<Read | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof ConfigurationError) logConfigurationRejected(log, error.problems);
    else logUnexpectedError(log, 'configuration', error);
    return undefined;
  }
}
