import { existsSync } from 'node:fs';
import { loadavg } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type PrivatePostgres, startPrivatePostgres } from '../test/e2e/private-postgres.ts';
import { installDebianPackages } from '../tools/install-debian-packages.ts';
import { CHECKOUT } from '../tools/source-file.ts';
import { fillBulkTables, measureRead } from './bulk.ts';
import { BULK_READS, type BulkRead } from './bulk-reads.ts';
import { type Contestant, describeDirect } from './contestant.ts';
import { describeMachine } from './describe-machine.ts';
import { DiscardingClient } from './discarding-client.ts';
import { formatTable } from './format-table.ts';
import { startBenchGateway } from './gateway-under-test.ts';
import { fillPgbenchTables, runPgbench } from './pgbench.ts';
import { readCpuMicroseconds, readThreadMicroseconds } from './process-usage.ts';
import { Results } from './results.ts';
import { writeReport } from './write-report.ts';

const REPORT = path.join(CHECKOUT, 'docs', 'masking-performance.md');
const PGBENCH_SCALE = 10;

const QUERY_MEASURES = {
  'simple, 1 client: queries/s': 0,
  'simple, 1 client: p50 µs': 0,
  'simple, 16 clients: queries/s': 0,
  'simple, 16 clients: p50 µs': 0,
  'prepared, 1 client: queries/s': 0,
  'prepared, 1 client: p50 µs': 0,
  'prepared, 16 clients: queries/s': 0,
  'prepared, 16 clients: p50 µs': 0,
} as const;

const READS = Object.keys(BULK_READS) as BulkRead[];

/** Of each bulk read. Processor time is that of the server process and of the gateway. */
const PER_READ = {
  'thousand rows/s': 0,
  'MB/s': 0,
  'server, s per million rows': 3,
  'gateway, s per million rows': 3,
} as const;

const AROUND_GATEWAY = ['thousand rows/s', 'server, s per million rows'] as const;
const THROUGH_GATEWAY = Object.keys(PER_READ) as (keyof typeof PER_READ)[];

/** Each has a table of its own in the report. */
const PARTS = ['queries', 'reads'] as const;
type Part = (typeof PARTS)[number];

type ReadMeasure = `${BulkRead}: ${keyof typeof PER_READ}`;
type Measure = keyof typeof QUERY_MEASURES | ReadMeasure;

function readMeasures(names: readonly (keyof typeof PER_READ)[]): Record<ReadMeasure, number> {
  const pairs = READS.flatMap((read) => names.map((name) => [`${read}: ${name}`, PER_READ[name]]));
  return Object.fromEntries(pairs) as Record<ReadMeasure, number>;
}

/** What the tables of the benchmark are said to hold. */
const DATA_MAP = {
  columns: {
    'public.bench_wide.*': 'none',
    'public.bench_wide.name': 'name',
    'public.bench_wide.city': 'city',
    'public.bench_wide.at': 'date',
    'public.pgbench_accounts.*': 'none',
    'public.pgbench_accounts.abalance': { class: 'account-number', mask: 'redact' },
    'public.pgbench_accounts.filler': 'name',
  },
};

/** One principal sees everything; the other's statements are rewritten. */
const POLICIES = `
@id("hide") forbid (principal, action == Action::"reveal", resource)
when { principal.subject == "masked" };
`;

/**
 * `npm run bench:masking [-- queries | reads] [--quick] [--write]`: what masks cost point queries and bulk reads, through the same
 * gateway.
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { quick: { type: 'boolean' }, write: { type: 'boolean' } },
    allowPositionals: true,
  });
  if (!(await installDebianPackages(say))) {
    process.exitCode = 1;
    return;
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const effort: Effort =
    values.quick === true
      ? { queryRounds: 3, seconds: 2, readRounds: 5, tableBytes: 100e6 }
      : { queryRounds: 6, seconds: 4, readRounds: 25, tableBytes: 100e6 };
  const parts = PARTS.filter((part) => positionals.length === 0 || positionals.includes(part));
  const tables = await compare(effort, parts);
  for (const part of parts) {
    const text = [
      tables[part],
      '',
      ...describeMachine().map((line) => `- ${line}`),
      `- ${part === 'queries' ? effort.queryRounds : effort.readRounds} rounds, one after the other for each measure; median (lowest–highest) and ratio within a round to the first column`,
      `- average load over the last minutes: ${loadavg()[2]?.toFixed(1)}`,
      part === 'queries'
        ? '- two columns redacted'
        : '- name and city redacted, a date cut to its year',
    ].join('\n');
    console.log(text);
    if (values.write !== true) continue;
    await writeReport(REPORT, text, `npm run bench:masking -- ${part} --write`);
    say(`Written to ${path.relative(CHECKOUT, REPORT)}`);
  }
}

/** How much to measure. */
interface Effort {
  readonly queryRounds: number;
  /** Of each run of queries. */
  readonly seconds: number;
  readonly readRounds: number;
  /** A read takes a third of a second: the shorter a round, the more alike is what else the machine does meanwhile. */
  readonly tableBytes: number;
}

async function compare(effort: Effort, parts: readonly Part[]): Promise<Record<Part, string>> {
  await using server = await startPrivatePostgres({
    version: 'debian',
    settings: { shared_buffers: '512MB', max_wal_size: '4GB' },
  });
  const direct = describeDirect(server);
  await fillPgbenchTables(direct, PGBENCH_SCALE);
  await fillBulkTables(direct, effort.tableBytes);
  await using gateway = await startBenchGateway(direct, 'written', {
    target: [[['dataMap'], DATA_MAP]],
    policies: POLICIES,
  });
  const through = [gateway.as('tester', 'unmasked'), gateway.as('masked', 'masked')];
  const around = [direct, { ...direct, name: 'direct, constants for masks' }];
  const results = new Results<Measure>();
  const rounds = {
    queries: parts.includes('queries') ? effort.queryRounds : 0,
    reads: parts.includes('reads') ? effort.readRounds : 0,
  };
  for (let round = 1; round <= rounds.queries; round++) {
    say(`Point queries, round ${round} of ${rounds.queries}`);
    await measureQueries(inTurn(through, round), effort.seconds, results);
  }
  for (let round = 1; round <= rounds.reads; round++) {
    say(`Bulk reads, round ${round} of ${rounds.reads}`);
    for (const read of READS) {
      for (const contestant of [...inTurn(through, round), ...inTurn(around, round)]) {
        const { asked, withConstants } = BULK_READS[read];
        const sql = contestant === around[1] ? withConstants : asked;
        await measureBulkRead({ contestant, sql, server }, read, results);
      }
    }
  }
  return {
    queries: formatTable(namesOf(through), results, QUERY_MEASURES),
    reads: [
      formatTable(namesOf(through), results, readMeasures(THROUGH_GATEWAY)),
      '',
      'Without a gateway, and a constant written by hand where a mask would stand, which is the least that the server can do:',
      '',
      formatTable(namesOf(around), results, readMeasures(AROUND_GATEWAY)),
    ].join('\n'),
  };
}

/** Whatever else the machine does changes with time: what is compared stands side by side, either of them first in turn. */
function inTurn<T>(pair: readonly T[], round: number): readonly T[] {
  return round % 2 === 1 ? pair : pair.toReversed();
}

function namesOf(contestants: readonly Contestant[]): string[] {
  return contestants.map(({ name }) => name);
}

async function measureQueries(
  contestants: readonly Contestant[],
  seconds: number,
  results: Results<Measure>,
): Promise<void> {
  for (const protocol of ['simple', 'prepared'] as const) {
    for (const clients of [1, 16] as const) {
      for (const contestant of contestants) {
        const measured = await runPgbench(contestant, { protocol, clients, seconds });
        const kind = `${protocol}, ${clients === 1 ? '1 client' : '16 clients'}` as const;
        results.add(contestant.name, `${kind}: queries/s`, measured.transactionsPerSecond);
        results.add(contestant.name, `${kind}: p50 µs`, measured.p50Microseconds);
      }
    }
  }
}

/** Who reads what. */
interface Reading {
  readonly contestant: Contestant;
  readonly sql: string;
  readonly server: PrivatePostgres;
}

async function measureBulkRead(
  { contestant, sql, server }: Reading,
  read: BulkRead,
  results: Results<Measure>,
): Promise<void> {
  const { name, pid } = contestant;
  using client = await DiscardingClient.connect(contestant);
  const serverBefore = await readBackends(server);
  const gatewayBefore = pid === undefined ? 0 : readCpuMicroseconds(pid);
  const { rows, rowsPerSecond, megabytesPerSecond } = await measureRead(client, sql);
  results.add(name, `${read}: thousand rows/s`, rowsPerSecond / 1e3);
  results.add(name, `${read}: MB/s`, megabytesPerSecond);
  // Microseconds per row are seconds per million rows.
  if (pid !== undefined) {
    const used = readCpuMicroseconds(pid) - gatewayBefore;
    results.add(name, `${read}: gateway, s per million rows`, used / rows);
  }
  let used = 0;
  for (const [backend, after] of await readBackends(server)) {
    used += after - (serverBefore.get(backend) ?? after);
  }
  results.add(name, `${read}: server, s per million rows`, used / rows);
}

/** Processor time of all backends, in microseconds: whichever of them serves the client, the others do nothing meanwhile. */
async function readBackends(server: PrivatePostgres): Promise<ReadonlyMap<number, number>> {
  const pids = await server.execute(
    "select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
  );
  const times = new Map<number, number>();
  for (const pid of pids.trim().split('\n').map(Number)) {
    // That of the client before may be about to end.
    if (existsSync(`/proc/${pid}`)) times.set(pid, readThreadMicroseconds(pid));
  }
  return times;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

await main();
