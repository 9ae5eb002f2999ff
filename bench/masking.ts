import path from 'node:path';
import { parseArgs } from 'node:util';
import { startPrivatePostgres } from '../test/e2e/private-postgres.ts';
import { installDebianPackages } from '../tools/install-debian-packages.ts';
import { CHECKOUT } from '../tools/source-file.ts';
import { fillBulkTables, measureCopyOut, measureResult } from './bulk.ts';
import type { Contestant } from './contestant.ts';
import { describeMachine } from './describe-machine.ts';
import { formatTable } from './format-table.ts';
import { startBenchGateway } from './gateway-under-test.ts';
import { fillPgbenchTables, runPgbench } from './pgbench.ts';
import { type Measure, Results } from './results.ts';
import { writeReport } from './write-report.ts';

const REPORT = path.join(CHECKOUT, 'docs', 'masking-performance.md');
const PGBENCH_SCALE = 10;

const MEASURED: readonly Measure[] = [
  'simple, 1 client: queries/s',
  'simple, 1 client: p50 µs',
  'simple, 16 clients: queries/s',
  'simple, 16 clients: p50 µs',
  'prepared, 1 client: queries/s',
  'prepared, 1 client: p50 µs',
  'prepared, 16 clients: queries/s',
  'prepared, 16 clients: p50 µs',
  'large result: MB/s',
  'COPY out: MB/s',
];

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

/** `npm run bench:masking [-- --quick] [-- --write]`: what masks cost, through the same gateway. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { quick: { type: 'boolean' }, write: { type: 'boolean' } },
  });
  if (!(await installDebianPackages(say))) {
    process.exitCode = 1;
    return;
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const effort: Effort =
    values.quick === true
      ? { rounds: 3, seconds: 2, transfers: 3, resultBytes: 100e6 }
      : { rounds: 5, seconds: 6, transfers: 2, resultBytes: 500e6 };
  const text = [
    await compare(effort),
    '',
    ...describeMachine().map((line) => `- ${line}`),
    `- ${effort.rounds} rounds, one after the other for each measure, transfers ${effort.transfers} times in each; median (lowest–highest) and ratio to the first column`,
    '- name and city redacted, a date cut to its year; point queries: two columns redacted',
  ].join('\n');
  console.log(text);
  if (values.write === true) {
    await writeReport(REPORT, text);
    say(`Written to ${path.relative(CHECKOUT, REPORT)}`);
  }
}

/** How much to measure. */
interface Effort {
  readonly rounds: number;
  /** Of each run of queries. */
  readonly seconds: number;
  /** In each round. */
  readonly transfers: number;
  readonly resultBytes: number;
}

async function compare(effort: Effort): Promise<string> {
  await using server = await startPrivatePostgres({
    version: 'debian',
    settings: { shared_buffers: '512MB', max_wal_size: '4GB' },
  });
  const direct: Contestant = {
    name: 'direct',
    host: server.host,
    port: server.port,
    user: server.superuser,
    password: '',
    database: 'postgres',
    pid: undefined,
  };
  await fillPgbenchTables(direct, PGBENCH_SCALE);
  await fillBulkTables(direct, effort.resultBytes);
  await using gateway = await startBenchGateway(direct, 'written', {
    target: [[['dataMap'], DATA_MAP]],
    policies: POLICIES,
  });
  const contestants = [gateway.as('tester', 'unmasked'), gateway.as('masked', 'masked')];
  const results = new Results();
  for (let round = 1; round <= effort.rounds; round++) {
    say(`Round ${round} of ${effort.rounds}`);
    // Whatever else the machine does changes with time: what is compared stands side by side, either of them first in turn.
    const order = round % 2 === 1 ? contestants : contestants.toReversed();
    for (const measure of measuresOf(effort)) {
      for (const contestant of order) await measure(contestant, results);
    }
  }
  return formatTable(
    contestants.map(({ name }) => name),
    results,
    MEASURED,
  );
}

type MeasureOne = (contestant: Contestant, results: Results) => Promise<void>;

function measuresOf({ seconds, transfers }: Effort): readonly MeasureOne[] {
  const queries = (['simple', 'prepared'] as const).flatMap((protocol) =>
    ([1, 16] as const).map(
      (clients): MeasureOne =>
        async (contestant, results) => {
          const measured = await runPgbench(contestant, { protocol, clients, seconds });
          const kind = `${protocol}, ${clients === 1 ? '1 client' : '16 clients'}` as const;
          results.add(contestant.name, `${kind}: queries/s`, measured.transactionsPerSecond);
          results.add(contestant.name, `${kind}: p50 µs`, measured.p50Microseconds);
        },
    ),
  );
  const bulk: readonly MeasureOne[] = [
    async (contestant, results) => {
      const { megabytesPerSecond } = await measureResult(contestant);
      results.add(contestant.name, 'large result: MB/s', megabytesPerSecond);
    },
    async (contestant, results) => {
      const { megabytesPerSecond } = await measureCopyOut(contestant);
      results.add(contestant.name, 'COPY out: MB/s', megabytesPerSecond);
    },
  ];
  return [...queries, ...Array.from({ length: transfers }, () => bulk).flat()];
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

await main();
