import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigurationError } from '../configuration/configuration-error.ts';
import { type Configuration, loadConfiguration } from '../configuration/load-configuration.ts';
import { type JoinedGateway, readConfiguration } from '../configuration/local-settings.ts';
import { AccessSweep } from '../control-plane/agreement/access-sweep.ts';
import type { ControlPlane } from '../control-plane/start-control-plane.ts';
import { StoreSweep } from '../control-plane/store-sweep.ts';
import { loadListenerCertificate } from '../gateway/listener-certificate.ts';
import {
  checkPassedSockets,
  type PassedSockets,
  readPassedSockets,
  type ServedAt,
} from '../gateway/passed-sockets.ts';
import { CarriedStreams } from '../gateway/peers/carried-streams.ts';
import type { PeerPlace } from '../gateway/peers/peer-link.ts';
import type { Peers } from '../gateway/peers/peers.ts';
import type { CancelAttempt } from '../protocols/postgres/cancel-keys.ts';
import { startEmbeddedPostgres } from '../store/embedded-postgres.ts';
import type { StoreConnection } from '../store/open-store.ts';
import { openSecrets } from '../targets/open-secrets.ts';
import {
  logGatewayStarted,
  logListening,
  logStoreLost,
  logStoreStarted,
  logUnexpectedError,
} from '../telemetry/events.ts';
import { type Log, openLog } from '../telemetry/log.ts';
import type { OpenStream } from '../upstream/open-stream.ts';
import { adviseOnStart } from './advise-on-start.ts';
import { answerPeers } from './answer-peers.ts';
import { assertKnownFormats } from './assert-known-formats.ts';
import { assertUsable } from './assert-usable.ts';
import { type DrainedParts, drainGateway } from './drain-gateway.ts';
import { type GatewayProcess, startGatewayProcess } from './gateway-process.ts';
import { joinStore } from './join-store.ts';
import {
  type FollowParts,
  followConfiguration,
  type JoinedConfiguration,
} from './joined-configuration.ts';
import { belongsTo, ownerOf } from './log-owner.ts';
import { openArchive } from './open-archive.ts';
import { openForPeers } from './open-for-peers.ts';
import { type JointReadingParts, openJointReading } from './open-joint-reading.ts';
import { openOwnReading } from './open-own-reading.ts';
import { openPeers } from './open-peers.ts';
import { openProcessLinks, type ProcessLinks, type ProcessPlaces } from './open-process-links.ts';
import type { Environment } from './open-services.ts';
import { openStreamAnywhere } from './open-stream-anywhere.ts';
import { writeProcessFile } from './process-file.ts';
import type { ListenAddress } from './process-message.ts';
import { runWorker } from './run-worker.ts';
import { type ApiParts, startApi } from './start-api.ts';
import { startChannels } from './start-channels.ts';
import { startExports } from './start-exports.ts';
import { startMetrics } from './start-metrics.ts';
import { startOwnWitness } from './start-own-witness.ts';
import { startRetention } from './start-retention.ts';
import { startSignals } from './start-signals.ts';
import { type StopSignals, watchStopSignals } from './stop-signals.ts';
import { VERSION } from './version.ts';
import { watchConfiguration } from './watch-configuration.ts';
import { WorkerPool } from './worker-pool.ts';

/** What a gateway says on standard output, as one JSON line, once it takes connections. */
interface ReadyLine {
  readonly ready: true;
  readonly pid: number;
  readonly postgres: readonly ListenAddress[];
  readonly ssh: readonly ListenAddress[];
  readonly http: readonly ListenAddress[];
  readonly connectors: readonly ListenAddress[];
  readonly api?: ListenAddress;
  readonly metrics?: ListenAddress;
}

/**
 * Runs a gateway until it is told to stop: by SIGTERM it drains, by SIGINT or a second SIGTERM it stops at once. SIGHUP reads
 * the configuration again, SIGUSR2 replaces the processes that serve sessions where there are several.
 *
 * @param from The configuration directory, or the store that it is taken from.
 * @returns The exit code.
 */
export async function runGateway(
  from: string | JoinedGateway,
  environment: Environment,
): Promise<number> {
  const log = openLog();
  const stopping = watchStopSignals(log);
  try {
    await using opened = new AsyncDisposableStack();
    const joined =
      typeof from === 'string' ? undefined : await joinStore(from, environment, opened);
    const configuration =
      typeof from === 'string'
        ? await loadConfiguration(from)
        : await readConfiguration(joined?.directory ?? '', from.local);
    // Before anything is made, and before the store is migrated: no older version can use it then.
    assertUsable(configuration);
    const { dataDirectory, name } = configuration.gateway;
    await assertKnownFormats(dataDirectory, name);
    await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
    const passedSockets = readPassedSockets(environment, process.pid);
    checkPassedSockets(passedSockets, countListeners(configuration));
    const storeConnection = await connectStore(configuration, environment, log, opened);
    await serve({
      ...{ configuration, joined, environment, storeConnection, passedSockets, log, stopping },
    });
    return 0;
  } catch (error) {
    if (error instanceof ConfigurationError) {
      const place = typeof from === 'string' ? path.resolve(from) : 'the store';
      process.stderr.write(`${error.message}\nNothing was started from ${place}.\n`);
    } else {
      const advice = adviseOnStart(error);
      if (advice === undefined) logUnexpectedError(log, 'start', error);
      const lines = [`Cannot start the gateway: ${(error as Error).message}`, advice ?? []].flat();
      process.stderr.write(`${lines.join('\n')}\n`);
    }
    return 1;
  }
}

interface ServeOptions {
  readonly configuration: Configuration;
  /** Where it is taken from. Undefined: a directory of somebody else's. */
  readonly joined: JoinedConfiguration | undefined;
  readonly environment: Environment;
  readonly storeConnection: StoreConnection;
  readonly passedSockets: PassedSockets;
  readonly log: Log;
  readonly stopping: StopSignals;
}

async function serve(options: ServeOptions): Promise<void> {
  const { configuration, passedSockets, log, stopping } = options;
  await using opened = new AsyncDisposableStack();
  const { own, pool, carried, others } = await startProcesses(options, opened);
  startSweeps(own, log, opened);
  const addresses = (await pool?.start()) ?? own.addresses;
  const channels = opened.use(await startChannels(own, log));
  opened.use(await startOwnWitness(configuration, log));
  const exporter = opened.use(await startExports(own, log));
  opened.use(startSignals(own, log));
  const { keeper: retention } = opened.use(startRetention(own, log));
  const archive = opened.use(await openArchive(own, retention, log))?.archive;
  const here = {
    gateway: configuration.gateway.name,
    reading: openOwnReading(own, archive),
    askGuests: openGuests(own, pool),
  };
  const cancel = (attempt: CancelAttempt): void => (pool ?? own).cancel(attempt);
  const answer = answerPeers({ ...here, sessions: own.services.sessions, cancel });
  const openStream = carried.count(openForPeers(own, openHere(own, others, log)));
  const service = { answer, openStream };
  const onGateways = (places: readonly PeerPlace[]): void => pool?.setGateways(places);
  const linked = { service, passedSockets, onPlaces: onGateways, log };
  others.peers = opened.use(await openPeers(own, linked))?.peers;
  const reading = openJointReading({ ...here, peers: others.peers, log });
  const parts = { own, addresses, channels, exporter, retention, reading };
  const api = await openApi(options, parts, opened);
  const readWorkers = async () => (await pool?.readMetrics()) ?? [];
  const shared = { isDraining: () => stopping.draining.aborted, passedSockets, log };
  const metrics = await startMetrics({ ...shared, own, exporter, archive, readWorkers });
  opened.use(metrics);
  const reload = async (): Promise<boolean> => {
    const isInForce = await own.reload();
    await api?.reloadCertificate();
    pool?.reload();
    await channels.refresh();
    await exporter.apply(own.configuration.exports);
    return isInForce;
  };
  process.on('SIGHUP', () => void reload());
  process.on('SIGUSR2', () => void pool?.replace(own.configuration.drain.timeoutMs));
  // Only now: the directory is ours, and who is found by the file takes the signals.
  opened.use(await writeProcessFile(configuration.gateway.dataDirectory));
  const onCurrent = (isCurrent: boolean): void => {
    own.services.policies.setCurrent(isCurrent);
    pool?.setCurrent(isCurrent);
  };
  void follow(options, own, { onChange: reload, onCurrent });

  logGatewayStarted(log, {
    version: VERSION,
    configurationSha256: configuration.hash,
    pid: process.pid,
  });
  const line: ReadyLine = {
    ready: true,
    pid: process.pid,
    ...addresses,
    ...(api !== undefined && { api: api.address }),
    ...(metrics !== undefined && { metrics: { host: metrics.host, port: metrics.port } }),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  await aborted(stopping.draining);
  await drainGateway({ own, pool, carried, controlPlane: api }, stopping.ending);
}

/** What serves sessions, and who else there is. */
interface Processes extends Pick<DrainedParts, 'own' | 'pool' | 'carried'> {
  readonly others: Others;
}

/** Starts this process, and makes ready for its workers where there are to be some. */
async function startProcesses(
  options: ServeOptions,
  opened: AsyncDisposableStack,
): Promise<Processes> {
  const { configuration, log } = options;
  const { workers } = configuration.gateway;
  // Once they are opened, which takes all of what is opened here first.
  const others: Others = { peers: undefined, links: undefined };
  const passCancelOn = (attempt: CancelAttempt): void => others.peers?.cancel(attempt);
  const onPlaces = (places: ProcessPlaces): void => others.links?.set(places);
  const pool =
    workers > 1 ? opened.use(new WorkerPool({ ...options, passCancelOn, onPlaces })) : undefined;
  // With workers, this process serves the control plane only: its listeners are theirs.
  const own = opened.use(
    await startGatewayProcess({
      ...options,
      processName: pool === undefined ? '0' : 'control',
      isServing: pool === undefined,
      passCancelOn,
      findLink: (logName) => others.links?.find(logName) ?? others.peers?.find(ownerOf(logName)),
    }),
  );
  const carried = new CarriedStreams();
  if (pool !== undefined) others.links = opened.use(await openProcessLinks(own, carried, log));
  return { own, pool, carried, others };
}

/** Who else there is, once they are known. */
interface Others {
  /** The other gateways. */
  peers: Peers | undefined;
  /** The other processes of this one. */
  links: ProcessLinks | undefined;
}

/** Ends in the store what is over. */
function startSweeps(own: GatewayProcess, log: Log, opened: AsyncDisposableStack): void {
  const { ledger, store } = own.services;
  opened.use(new AccessSweep({ ...own.access.stores, ledger, nowMs: Date.now, log }));
  opened.use(
    new StoreSweep({
      deleteOld: (question) => store.deletions.deleteOld(question),
      keptMs: () => own.configuration.reviews.keptMs,
      nowMs: Date.now,
      log,
    }),
  );
}

/** Hears of changes of the configuration, in its directory or in the store. */
function follow(
  { configuration, joined, stopping, log }: ServeOptions,
  own: GatewayProcess,
  told: Pick<FollowParts, 'onChange' | 'onCurrent'>,
): Promise<void> {
  const signal = stopping.draining;
  if (joined === undefined) {
    return watchConfiguration(configuration.directory, told.onChange, signal);
  }
  const { announcements } = own.services.store;
  const subscribe = announcements.subscribeGateway.bind(announcements);
  const nowMs = performance.now.bind(performance);
  return followConfiguration(joined, { ...told, subscribe, signal, log, nowMs });
}

/** Opens streams through connectors that are attached to this gateway, whichever of its processes has them. */
function openHere(own: GatewayProcess, { links }: Others, log: Log): OpenStream {
  const { name } = own.configuration.gateway;
  return openStreamAnywhere({
    ...{ connectors: own.connectors, store: own.services.connectors, log },
    findLink: (logName) => (belongsTo(logName, name) ? links?.find(logName) : undefined),
  });
}

/** Finds who answers about the guests in sessions of this gateway, by the log of the process that serves them. */
function openGuests(
  own: GatewayProcess,
  pool: WorkerPool | undefined,
): JointReadingParts['askGuests'] {
  const prefix = `${own.configuration.gateway.name}.`;
  return (logName, question) =>
    pool?.askGuests(logName.slice(prefix.length), question) ?? own.dataPlane.guests.ask(question);
}

/** The control plane, and what reads its certificate again. */
interface ServedApi extends Pick<ControlPlane, 'address' | 'drain'> {
  reloadCertificate(): Promise<void>;
}

async function openApi(
  { configuration, environment, passedSockets, log, stopping: { draining } }: ServeOptions,
  parts: Pick<ApiParts, 'own' | 'addresses' | 'channels' | 'exporter' | 'retention' | 'reading'>,
  opened: AsyncDisposableStack,
): Promise<ServedApi | undefined> {
  const { api } = configuration.listeners;
  if (api === undefined) return undefined;
  const { dataDirectory } = configuration.gateway;
  let certificate = await loadListenerCertificate(api.tls, dataDirectory);
  const controlPlane = opened.use(
    await startApi({
      ...parts,
      certificate: () => certificate,
      descriptor: passedSockets.api?.[0],
      ...{ draining, environment, log },
    }),
  );
  logListening(log, { listener: 'api', ...controlPlane.address });
  return {
    address: controlPlane.address,
    drain: () => controlPlane.drain(),
    // Where and how it is served does not change while it runs; its certificate does.
    reloadCertificate: async () => {
      try {
        certificate = await loadListenerCertificate(api.tls, dataDirectory);
        const { certificatePem: cert, keyPem: key } = certificate;
        controlPlane.replaceCertificate({ cert, key });
      } catch (error) {
        logUnexpectedError(log, 'certificate', error);
      }
    },
  };
}

function countListeners({
  listeners: { postgres, ssh, http, api, connectors, gateways },
  metrics,
}: Configuration): Readonly<Record<ServedAt, number>> {
  return {
    postgres: postgres.length,
    ssh: ssh.length,
    http: http.length,
    api: api === undefined ? 0 : 1,
    metrics: metrics === undefined ? 0 : 1,
    connectors: connectors === undefined ? 0 : 1,
    gateways: gateways === undefined ? 0 : 1,
  };
}

async function connectStore(
  configuration: Configuration,
  environment: Environment,
  log: Log,
  opened: AsyncDisposableStack,
): Promise<StoreConnection> {
  const { store, gateway } = configuration;
  if (store.kind === 'postgres') {
    await using secrets = openSecrets(configuration, { environment });
    const connectionString = (await secrets.resolve(store.url)).toString().trim();
    return { kind: 'external', connectionString };
  }
  const startedAt = performance.now();
  const server = opened.use(await startEmbeddedPostgres(path.join(gateway.dataDirectory, 'store')));
  void server.lost.then(({ reason }) => logStoreLost(log, { reason }));
  logStoreStarted(log, { durationMs: Math.round(performance.now() - startedAt) });
  return server.connection;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { config: { type: 'string', default: '.' }, worker: { type: 'boolean' } },
  });
  const run = values.worker === true ? runWorker : runGateway;
  process.exitCode = await run(values.config, process.env);
  // Everything is closed; what a library may keep open must not keep the process.
  process.exit();
}
