import {
  AggregatorRegistry,
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  Registry,
} from 'prom-client';
import type { Durations } from './durations.ts';

/** Everything that one process counts. Plain numbers, read when somebody asks. */
export interface MetricSources {
  readonly version: string;
  readonly ledger: LedgerSource;
  readonly liveSessions: () => number;
  /** Undefined where no witnesses are configured. */
  readonly witnesses: () => WitnessSource | undefined;
  readonly exports: () => readonly ExportSource[];
  /** Tunnels of connectors that end in the process. */
  readonly tunnels: () => readonly TunnelSource[];
  /** Undefined where nothing is archived, and in processes that do not. */
  readonly archive: () => ArchiveSource | undefined;
  /** Asked of the store; undefined while it does not answer. */
  readonly waiting: () => Promise<WaitingSource | undefined>;
}

/** The ledger of the process, and what passed through it since the start. */
export interface LedgerSource {
  readonly health: () => 'healthy' | 'slow' | 'failing';
  readonly kinds: () => ReadonlyMap<string, number>;
  readonly denied: () => number;
  readonly unreviewed: () => number;
  readonly refusedSignIns: () => number;
  readonly maskedValues: () => number;
  readonly rows: () => number;
  readonly syncs: Durations;
}

export interface WitnessSource {
  readonly isStale: boolean;
  /** Milliseconds since the newest checkpoint that enough of them cosigned; undefined before the first. */
  readonly ageMs: number | undefined;
}

/** How copies of recordings and of the ledger get to where somebody else keeps them. */
export interface ArchiveSource {
  /** That are here only. */
  readonly pendingBytes: number;
  readonly failure: Error | undefined;
}

/** A tunnel of a connector. */
export interface TunnelSource {
  readonly connector: string;
  readonly state: 'open' | 'suspect' | 'leaving';
  readonly streams: number;
}

/** How one export goes. */
export interface ExportSource {
  readonly name: string;
  readonly state: 'working' | 'failing';
  readonly delivered: number;
  readonly refused: number;
  readonly missing: number;
  readonly lagMs: number | undefined;
}

export interface WaitingSource {
  readonly reviews: number;
  readonly openAlerts: number;
}

/** Metrics of one process, in a form that passes between processes. */
export type MetricsSnapshot = readonly object[];

/** The metrics of a process. */
export interface Metrics {
  snapshot(): Promise<MetricsSnapshot>;
}

/** What `sallyport_ledger_health` says. */
const HEALTH_NUMBERS = { healthy: 0, slow: 1, failing: 2 } as const;

/** Registers what a process can tell. Nothing is read before somebody asks. */
export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  registerLedger(registry, sources.ledger);
  registerProcess(registry, sources);
  registerExports(registry, sources.exports);
  registerTunnels(registry, sources.tunnels);
  registerArchive(registry, sources.archive);
  registerStore(registry, sources.waiting);
  return {
    snapshot: () => registry.getMetricsAsJSON(),
  };
}

/** Adds up the processes of a gateway and says it in the text format of Prometheus. */
export async function formatMetrics(snapshots: readonly MetricsSnapshot[]): Promise<string> {
  return AggregatorRegistry.aggregate([...snapshots]).metrics();
}

/** Of the format that {@link formatMetrics} writes. */
export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

function registerLedger(registry: Registry, ledger: LedgerSource): void {
  const registers = [registry];
  count(registry, {
    name: 'ledger_entries_total',
    help: 'Entries, by kind',
    label: 'kind',
    read: () => [...ledger.kinds()],
  });
  count(registry, {
    name: 'operations_total',
    help: 'Operations, by decision',
    label: 'decision',
    read: () => [
      ['allow', ledger.kinds().get('operation') ?? 0],
      ['deny', ledger.denied()],
      ['review', ledger.unreviewed()],
    ],
  });
  count(registry, {
    name: 'sign_ins_total',
    help: 'Sign-ins, by outcome',
    label: 'outcome',
    read: () => [
      ['accepted', ledger.kinds().get('sign-in') ?? 0],
      ['refused', ledger.refusedSignIns()],
    ],
  });
  count(registry, {
    name: 'sessions_total',
    help: 'Sessions that began or were refused',
    label: 'outcome',
    read: () => [
      ['started', ledger.kinds().get('session.start') ?? 0],
      ['refused', ledger.kinds().get('session.refuse') ?? 0],
    ],
  });
  countAll(registry, 'masked_values_total', 'Values that clients saw masked', ledger.maskedValues);
  countAll(registry, 'result_rows_total', 'Rows that clients were shown', ledger.rows);
  new Gauge({
    name: 'sallyport_ledger_health',
    help: 'The worst of all processes: 0 healthy, 1 slow, 2 failing',
    registers,
    aggregator: 'max',
    collect() {
      this.set(HEALTH_NUMBERS[ledger.health()]);
    },
  });
  registerSyncs(registry, ledger.syncs);
}

/** The durations are counted where they arise; here they only get their form. */
function registerSyncs(registry: Registry, syncs: Durations): void {
  const name = 'sallyport_ledger_sync_seconds';
  const help = 'Syncs of the disk, for which operations wait';
  const histogram = new Histogram({
    name,
    help,
    registers: [registry],
    buckets: [...syncs.boundsS],
  });
  const get = histogram.get.bind(histogram);
  histogram.get = async () => {
    const { values: _, ...described } = await get();
    const values: { labels: object; value: number; metricName: string }[] = [];
    let total = 0;
    for (const [index, bound] of syncs.boundsS.entries()) {
      total += syncs.counts[index] ?? 0;
      values.push({ labels: { le: bound }, value: total, metricName: `${name}_bucket` });
    }
    values.push({ labels: { le: '+Inf' }, value: syncs.count, metricName: `${name}_bucket` });
    values.push({ labels: {}, value: syncs.sumS, metricName: `${name}_sum` });
    values.push({ labels: {}, value: syncs.count, metricName: `${name}_count` });
    return { ...described, values };
  };
}

function registerTunnels(registry: Registry, tunnels: MetricSources['tunnels']): void {
  const label = 'connector';
  const sumOf = (read: (tunnel: TunnelSource) => number): Labelled['read'] => {
    return () => {
      const sums = new Map<string, number>();
      for (const tunnel of tunnels()) {
        const { connector } = tunnel;
        sums.set(connector, (sums.get(connector) ?? 0) + read(tunnel));
      }
      return [...sums];
    };
  };
  const open = {
    name: 'connector_tunnels_open',
    help: 'Tunnels of a connector that take new streams',
    label,
    read: sumOf(({ state }) => (state === 'open' ? 1 : 0)),
  };
  gauge(registry, open, 'sum');
  const streams = {
    name: 'connector_streams',
    help: 'Streams that a connector carries',
    label,
    read: sumOf((tunnel) => tunnel.streams),
  };
  gauge(registry, streams, 'sum');
}

function registerArchive(registry: Registry, archive: MetricSources['archive']): void {
  const gauge = (name: string, help: string, read: (source: ArchiveSource) => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      aggregator: 'max',
      collect() {
        const source = archive();
        if (source !== undefined) this.set(read(source));
      },
    });
  };
  gauge(
    'sallyport_archive_pending_bytes',
    'Bytes of recordings and of the ledger that the archive has not',
    ({ pendingBytes }) => pendingBytes,
  );
  gauge('sallyport_archive_failing', 'Whether the last copy failed: 1 if so', ({ failure }) =>
    failure === undefined ? 0 : 1,
  );
}

function registerProcess(
  registry: Registry,
  { version, liveSessions, witnesses }: MetricSources,
): void {
  const registers = [registry];
  new Gauge({
    name: 'sallyport_build_info',
    help: 'The version that runs; always 1',
    labelNames: ['version'],
    registers,
    aggregator: 'max',
    collect() {
      this.set({ version }, 1);
    },
  });
  new Gauge({
    name: 'sallyport_processes',
    help: 'Processes that answered',
    registers,
    collect() {
      this.set(1);
    },
  });
  new Gauge({
    name: 'sallyport_sessions',
    help: 'Sessions that run',
    registers,
    collect() {
      this.set(liveSessions());
    },
  });
  new Gauge({
    name: 'sallyport_witnesses_stale',
    help: 'Whether too few witnesses cosigned lately: 1 if so',
    registers,
    aggregator: 'max',
    collect() {
      this.set(witnesses()?.isStale === true ? 1 : 0);
    },
  });
  new Gauge({
    name: 'sallyport_witness_age_seconds',
    help: 'Since the newest checkpoint that enough witnesses cosigned',
    registers,
    aggregator: 'max',
    collect() {
      const ageMs = witnesses()?.ageMs;
      this.reset();
      if (ageMs !== undefined) this.set(ageMs / 1000);
    },
  });
}

function registerExports(registry: Registry, exports: MetricSources['exports']): void {
  const label = 'sink';
  const of = (read: (source: ExportSource) => number | undefined): Labelled['read'] => {
    return () =>
      exports().flatMap((source): [string, number][] => {
        const value = read(source);
        return value === undefined ? [] : [[source.name, value]];
      });
  };
  count(registry, {
    name: 'export_entries_total',
    help: 'Entries that a sink took',
    label,
    read: of(({ delivered }) => delivered),
  });
  count(registry, {
    name: 'export_refused_total',
    help: 'Entries that a sink will never take',
    label,
    read: of(({ refused }) => refused),
  });
  count(registry, {
    name: 'export_missing_total',
    help: 'Entries that were gone before a sink had them',
    label,
    read: of(({ missing }) => missing),
  });
  gauge(registry, {
    name: 'export_failing',
    help: 'Whether a sink takes nothing: 1 if so',
    label,
    read: of(({ state }) => (state === 'failing' ? 1 : 0)),
  });
  gauge(registry, {
    name: 'export_lag_seconds',
    help: 'Since the oldest entry that a sink may not have',
    label,
    read: of(({ lagMs }) => (lagMs === undefined ? undefined : lagMs / 1000)),
  });
}

function registerStore(registry: Registry, waiting: MetricSources['waiting']): void {
  let asked: Promise<WaitingSource | undefined> | undefined;
  // Metrics are collected together: the store is asked once for all of them.
  const ask = (): Promise<WaitingSource | undefined> => {
    asked ??= waiting().finally(() => {
      asked = undefined;
    });
    return asked;
  };
  const registers = [registry];
  new Gauge({
    name: 'sallyport_store_up',
    help: 'Whether the store answers: 1 if so',
    registers,
    aggregator: 'min',
    async collect() {
      this.set((await ask()) === undefined ? 0 : 1);
    },
  });
  new Gauge({
    name: 'sallyport_reviews_waiting',
    help: 'Access requests that wait for people',
    registers,
    aggregator: 'max',
    async collect() {
      this.set((await ask())?.reviews ?? 0);
    },
  });
  new Gauge({
    name: 'sallyport_alerts_open',
    help: 'Alerts that nobody has closed',
    registers,
    aggregator: 'max',
    async collect() {
      this.set((await ask())?.openAlerts ?? 0);
    },
  });
}

/** A metric with one label. */
interface Labelled {
  /** Without `sallyport_`. */
  readonly name: string;
  readonly help: string;
  readonly label: string;
  readonly read: () => readonly (readonly [label: string, value: number])[];
}

function count(registry: Registry, { name, help, label, read }: Labelled): void {
  new Counter({
    name: `sallyport_${name}`,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      this.reset();
      for (const [value, amount] of read()) this.inc({ [label]: value }, amount);
    },
  });
}

function countAll(registry: Registry, name: string, help: string, read: () => number): void {
  new Counter({
    name: `sallyport_${name}`,
    help,
    registers: [registry],
    collect() {
      this.reset();
      this.inc(read());
    },
  });
}

function gauge(
  registry: Registry,
  { name, help, label, read }: Labelled,
  aggregator: 'max' | 'sum' = 'max',
): void {
  new Gauge({
    name: `sallyport_${name}`,
    help,
    labelNames: [label],
    registers: [registry],
    aggregator,
    collect() {
      this.reset();
      for (const [value, amount] of read()) this.set({ [label]: value }, amount);
    },
  });
}
