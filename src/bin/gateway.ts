import cluster, { type Worker } from 'node:cluster';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ConfigurationError } from '../configuration/configuration-error.ts';
import { type Configuration, loadConfiguration } from '../configuration/load-configuration.ts';
import { AccessSweep } from '../control-plane/agreement/access-sweep.ts';
import { StoreSweep } from '../control-plane/store-sweep.ts';
import { loadListenerCertificate } from '../gateway/listener-certificate.ts';
import { startEmbeddedPostgres } from '../store/embedded-postgres.ts';
import type { StoreConnection } from '../store/open-store.ts';
import {
  logGatewayStarted,
  logGatewayStopping,
  logListening,
  logStoreLost,
  logStoreStarted,
  logUnexpectedError,
} from '../telemetry/events.ts';
import { type Log, openLog } from '../telemetry/log.ts';
import type { Metrics, MetricsSnapshot } from '../telemetry/metrics.ts';
import type { CancelRequest } from '../wire/postgres/cancel-request.ts';
import { type GatewayProcess, startGatewayProcess } from './gateway-process.ts';
import { openArchive } from './open-archive.ts';
import { createResolver, type Environment } from './open-services.ts';
import { type ApiParts, startApi } from './start-api.ts';
import { startChannels } from './start-channels.ts';
import { startExports } from './start-exports.ts';
import { openMetrics, startMetrics } from './start-metrics.ts';
import { startOwnWitness } from './start-own-witness.ts';
import { startRetention } from './start-retention.ts';
import { startSignals } from './start-signals.ts';
import { VERSION } from './version.ts';
import { watchConfiguration } from './watch-configuration.ts';

/** What a gateway says on standard output, as one JSON line, once it takes connections. */
interface ReadyLine {
  readonly ready: true;
  readonly pid: number;
  readonly postgres: readonly Address[];
  readonly api?: Address;
  readonly metrics?: Address;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** Milliseconds that a worker may take to say what it counts. */
const METRICS_WAIT_MS = 2_000;

/** Between the processes of one gateway. */
type ProcessMessage =
  | { readonly kind: 'start'; readonly storeConnection: StoreConnection; readonly name: string }
  | { readonly kind: 'ready'; readonly postgres: readonly Address[] }
  | { readonly kind: 'cancel'; readonly processId: number; readonly secretKey: string }
  | { readonly kind: 'metrics.ask' }
  | { readonly kind: 'metrics'; readonly snapshot: MetricsSnapshot }
  | { readonly kind: 'stop' };

/**
 * Runs a gateway until it is told to stop (SIGTERM, SIGINT). SIGHUP reads the configuration again.
 *
 * @returns The exit code.
 */
export async function runGateway(directory: string, environment: Environment): Promise<number> {
  const log = openLog();
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      logGatewayStopping(log, signal);
      stopping.abort();
    });
  }
  try {
    const configuration = await loadConfiguration(directory);
    await mkdir(configuration.gateway.dataDirectory, { recursive: true, mode: 0o700 });
    await using opened = new AsyncDisposableStack();
    const storeConnection = await connectStore(configuration, environment, log, opened);
    await serve({ configuration, environment, storeConnection, log, stopping: stopping.signal });
    return 0;
  } catch (error) {
    if (error instanceof ConfigurationError) {
      process.stderr.write(`${error.message}\nNothing was started.\n`);
    } else {
      logUnexpectedError(log, 'start', error);
      process.stderr.write(`Cannot start the gateway: ${(error as Error).message}\n`);
    }
    return 1;
  }
}

interface ServeOptions {
  readonly configuration: Configuration;
  readonly environment: Environment;
  readonly storeConnection: StoreConnection;
  readonly log: Log;
  readonly stopping: AbortSignal;
}

async function serve(options: ServeOptions): Promise<void> {
  const { configuration, log, stopping } = options;
  const { workers } = configuration.gateway;
  await using opened = new AsyncDisposableStack();
  const pool = workers > 1 ? opened.use(new WorkerPool(options)) : undefined;
  // With workers, this process serves the control plane only: its listeners are theirs.
  const own = opened.use(
    await startGatewayProcess({
      ...options,
      configuration: pool === undefined ? configuration : withoutListeners(configuration),
      processName: pool === undefined ? '0' : 'control',
      passCancelOn: undefined,
    }),
  );
  opened.use(
    new AccessSweep({
      ...own.access.stores,
      ledger: own.services.ledger,
      nowMs: Date.now,
      log,
    }),
  );
  opened.use(
    new StoreSweep({
      deleteOld: (question) => own.services.store.deletions.deleteOld(question),
      keptMs: () => own.configuration.reviews.keptMs,
      nowMs: Date.now,
      log,
    }),
  );
  const postgres = (await pool?.start()) ?? own.dataPlane.listeners;
  const channels = opened.use(await startChannels(own, log));
  opened.use(await startOwnWitness(configuration, log));
  const exporter = opened.use(await startExports(own, log));
  opened.use(startSignals(own, log));
  const { keeper: retention } = opened.use(startRetention(own, log));
  const archive = opened.use(await openArchive(own, log))?.archive;
  const parts = { own, postgres, channels, exporter, archive, retention };
  const api = await openApi(options, parts, opened);
  const readWorkers = async () => (await pool?.readMetrics()) ?? [];
  const metrics = await startMetrics({ own, exporter, readWorkers, log });
  opened.use(metrics);
  const reload = async (): Promise<void> => {
    await own.reload();
    await api?.reloadCertificate();
    pool?.reload();
    await channels.refresh();
    await exporter.apply(own.configuration.exports);
  };
  process.on('SIGHUP', () => void reload());
  void watchConfiguration(configuration.directory, reload, stopping);

  logGatewayStarted(log, {
    version: VERSION,
    configurationSha256: configuration.hash,
    pid: process.pid,
  });
  const line: ReadyLine = {
    ready: true,
    pid: process.pid,
    postgres: postgres.map(({ host, port }) => ({ host, port })),
    ...(api !== undefined && { api: api.address }),
    ...(metrics !== undefined && { metrics: { host: metrics.host, port: metrics.port } }),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  await aborted(stopping);
}

/** The control plane, and what reads its certificate again. */
interface ServedApi {
  readonly address: Address;
  reloadCertificate(): Promise<void>;
}

async function openApi(
  { configuration, environment, log }: ServeOptions,
  parts: Pick<ApiParts, 'own' | 'postgres' | 'channels' | 'exporter' | 'archive' | 'retention'>,
  opened: AsyncDisposableStack,
): Promise<ServedApi | undefined> {
  const { api } = configuration.listeners;
  if (api === undefined) return undefined;
  const { dataDirectory } = configuration.gateway;
  let certificate = await loadListenerCertificate(api.tls, dataDirectory);
  const controlPlane = opened.use(
    await startApi({ ...parts, certificate: () => certificate, environment, log }),
  );
  logListening(log, { listener: 'api', ...controlPlane.address });
  return {
    address: controlPlane.address,
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

async function connectStore(
  configuration: Configuration,
  environment: Environment,
  log: Log,
  opened: AsyncDisposableStack,
): Promise<StoreConnection> {
  const { store, gateway } = configuration;
  if (store.kind === 'postgres') {
    const resolve = await createResolver(configuration, environment);
    return { kind: 'external', connectionString: (await resolve(store.url)).toString().trim() };
  }
  const startedAt = performance.now();
  const server = opened.use(await startEmbeddedPostgres(join(gateway.dataDirectory, 'store')));
  void server.lost.then(({ reason }) => logStoreLost(log, { reason }));
  logStoreStarted(log, { durationMs: Math.round(performance.now() - startedAt) });
  return server.connection;
}

/** The processes that serve sessions when there are several. */
class WorkerPool implements AsyncDisposable {
  readonly #options: ServeOptions;
  readonly #workers: Worker[] = [];
  #isStopping = false;

  constructor(options: ServeOptions) {
    this.#options = options;
    cluster.setupPrimary({
      exec: fileURLToPath(import.meta.url),
      args: ['--worker', '--config', options.configuration.directory],
    });
  }

  /** Starts the processes; resolves with where they listen. */
  async start(): Promise<readonly Address[]> {
    const count = this.#options.configuration.gateway.workers;
    const ready = await Promise.all(Array.from({ length: count }, (_, name) => this.#fork(name)));
    return ready[0] ?? [];
  }

  reload(): void {
    for (const { process: worker } of this.#workers) worker.kill('SIGHUP');
  }

  /** What every process counts; one that does not answer in time is left out. */
  async readMetrics(): Promise<readonly MetricsSnapshot[]> {
    const answers = await Promise.all(this.#workers.map(askForMetrics));
    return answers.filter((answer) => answer !== undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    const running = this.#workers.filter((worker) => !worker.isDead());
    await Promise.all(
      running.map(async (worker) => {
        const ended = new Promise((resolve) => worker.once('exit', resolve));
        send(worker, { kind: 'stop' });
        await ended;
      }),
    );
  }

  #fork(name: number): Promise<readonly Address[]> {
    const worker = cluster.fork();
    this.#workers[name] = worker;
    const { storeConnection } = this.#options;
    send(worker, { kind: 'start', storeConnection, name: String(name) });
    return new Promise((resolve, reject) => {
      worker.on('message', (message: ProcessMessage) => {
        if (message.kind === 'ready') resolve(message.postgres);
        if (message.kind !== 'cancel') return;
        for (const other of this.#workers) if (other !== worker) send(other, message);
      });
      worker.once('exit', (code) => {
        reject(new Error(`worker ${name} exited with ${code}`));
        // Its sessions are gone; new ones are served again at once.
        if (!this.#isStopping) void this.#fork(name).catch(() => undefined);
      });
    });
  }
}

function askForMetrics(worker: Worker): Promise<MetricsSnapshot | undefined> {
  return new Promise((resolve) => {
    const finish = (snapshot: MetricsSnapshot | undefined): void => {
      clearTimeout(timer);
      worker.off('message', listen);
      resolve(snapshot);
    };
    const listen = (message: ProcessMessage): void => {
      if (message.kind === 'metrics') finish(message.snapshot);
    };
    const timer = setTimeout(() => finish(undefined), METRICS_WAIT_MS);
    worker.on('message', listen);
    send(worker, { kind: 'metrics.ask' });
  });
}

function send(worker: Worker, message: ProcessMessage): void {
  if (worker.isConnected()) worker.send(message);
}

/** A process of several: serves sessions until the first process says stop, or is gone. */
async function runWorker(directory: string, environment: Environment): Promise<number> {
  const log = openLog();
  const reply = (message: ProcessMessage): void => void process.send?.(message);
  // The first process ends its workers in order; signals of a terminal reach them, too.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => undefined);
  let own: GatewayProcess | undefined;
  let metrics: Metrics | undefined;
  const stopped = Promise.withResolvers<void>();
  process.once('disconnect', () => stopped.resolve());
  process.on('SIGHUP', () => void own?.reload());
  process.on('message', (message: ProcessMessage) => {
    if (message.kind === 'stop') stopped.resolve();
    if (message.kind === 'cancel') own?.dataPlane.cancel(readCancel(message));
    if (message.kind === 'metrics.ask') {
      void metrics?.snapshot().then((snapshot) => reply({ kind: 'metrics', snapshot }));
    }
    if (message.kind !== 'start') return;
    void startWorker(message).catch((error: unknown) => {
      logUnexpectedError(log, 'worker', error);
      stopped.resolve();
    });
  });
  const startWorker = async (message: ProcessMessage & { kind: 'start' }): Promise<void> => {
    own = await startGatewayProcess({
      configuration: await loadConfiguration(directory),
      environment,
      storeConnection: message.storeConnection,
      processName: message.name,
      log,
      passCancelOn: ({ processId, secretKey }) =>
        reply({ kind: 'cancel', processId, secretKey: secretKey.toString('base64') }),
    });
    metrics = openMetrics(own, undefined);
    const postgres = own.dataPlane.listeners.map(({ host, port }) => ({ host, port }));
    reply({ kind: 'ready', postgres });
  };
  await stopped.promise;
  await own?.[Symbol.asyncDispose]();
  return 0;
}

function readCancel(message: ProcessMessage & { kind: 'cancel' }): CancelRequest {
  const secretKey = Buffer.from(message.secretKey, 'base64');
  return { type: 'CancelRequest', processId: message.processId, secretKey };
}

function withoutListeners(configuration: Configuration): Configuration {
  return { ...configuration, listeners: { ...configuration.listeners, postgres: [] } };
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
