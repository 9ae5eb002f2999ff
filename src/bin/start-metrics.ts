import type { Archive } from '../archive/archive.ts';
import type { Exporter } from '../exports/exporter.ts';
import type { PassedSockets } from '../gateway/passed-sockets.ts';
import { logListening, logUnexpectedError } from '../telemetry/events.ts';
import { type HealthServer, startHealthServer } from '../telemetry/health-server.ts';
import type { Log } from '../telemetry/log.ts';
import {
  createMetrics,
  formatMetrics,
  type Metrics,
  type MetricsSnapshot,
} from '../telemetry/metrics.ts';
import type { GatewayProcess } from './gateway-process.ts';
import { VERSION } from './version.ts';

/** What one of the processes of a gateway does for all of them. */
export interface SoleWork {
  readonly exporter?: Exporter;
  readonly archive?: Archive | undefined;
}

/** The metrics of one process. */
export function openMetrics(own: GatewayProcess, { exporter, archive }: SoleWork = {}): Metrics {
  const { services, dataPlane, witnessing } = own;
  const { ledger, store } = services;
  const { meter } = ledger;
  return createMetrics({
    version: VERSION,
    ledger: {
      health: () => ledger.health,
      kinds: () => meter.kinds,
      denied: () => meter.denied,
      unreviewed: () => meter.unreviewed,
      refusedSignIns: () => meter.refusedSignIns,
      maskedValues: () => meter.maskedValues,
      rows: () => meter.rows,
      syncs: meter.syncs,
    },
    liveSessions: () => dataPlane.registry.size,
    witnesses: () => (witnessing.quorum.witnesses.length === 0 ? undefined : witnessing.quorum),
    exports: () => exporter?.statuses ?? [],
    tunnels: () =>
      own.connectors.tunnels.map(({ peer, state, streamCount }) => ({
        ...{ connector: peer.name, state, streams: streamCount },
      })),
    archive: () => archive?.health,
    waiting: () => store.countWaiting().catch(() => undefined),
  });
}

export interface MetricsParts {
  readonly own: GatewayProcess;
  readonly exporter: Exporter;
  readonly archive: Archive | undefined;
  /** Of the other processes of this gateway. */
  readonly readWorkers: () => Promise<readonly MetricsSnapshot[]>;
  /** Whether the gateway was told to stop. */
  readonly isDraining: () => boolean;
  readonly passedSockets: PassedSockets;
  readonly log: Log;
}

/** Serves metrics and health where the configuration says, for all processes of this gateway. Undefined where it does not say. */
export async function startMetrics(parts: MetricsParts): Promise<HealthServer | undefined> {
  const { own, readWorkers, isDraining, passedSockets, log } = parts;
  const { metrics: settings } = own.configuration;
  if (settings === undefined) return undefined;
  const metrics = openMetrics(own, parts);
  const readAll = async (): Promise<readonly MetricsSnapshot[]> => [
    await metrics.snapshot(),
    ...(await readWorkers()),
  ];
  const server = await startHealthServer({
    ...settings.address,
    descriptor: passedSockets.metrics?.[0],
    metrics: async () => formatMetrics(await readAll()),
    problems: async () =>
      isDraining() ? ['the gateway is stopping'] : findProblems(own, await readAll()),
    onError: (error) => logUnexpectedError(log, 'metrics', error),
  });
  logListening(log, { listener: 'metrics', host: server.host, port: server.port });
  return server;
}

/** Why sessions cannot begin. A process that runs has loaded its configuration. */
async function findProblems(
  { services, spool }: GatewayProcess,
  snapshots: readonly MetricsSnapshot[],
): Promise<readonly string[]> {
  const text = await formatMetrics(snapshots);
  const health = /^sallyport_ledger_health (\d+)$/m.exec(text)?.[1];
  return [
    ...(health === '2' ? ['the ledger fails'] : []),
    ...((await services.store.isReady()) ? [] : ['the store does not answer']),
    ...(spool.state === 'refuse' ? ['the spool of the archive is full'] : []),
  ];
}
