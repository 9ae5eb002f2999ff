import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Change } from '../demo/write-configuration.ts';
import { startPrivatePostgres } from '../test/e2e/private-postgres.ts';
import { installDebianPackages } from '../tools/install-debian-packages.ts';
import { CHECKOUT } from '../tools/source-file.ts';
import { fillBulkTables } from './bulk.ts';
import { type Contestant, describeDirect } from './contestant.ts';
import { describeMachine } from './describe-machine.ts';
import { formatTable } from './format-table.ts';
import { startBenchGateway } from './gateway-under-test.ts';
import { benchHttp } from './http.ts';
import { type Effort, measureIdle, measureRound } from './measure-round.ts';
import { fillPgbenchTables } from './pgbench.ts';
import { startPgbouncer } from './pgbouncer.ts';
import { readResidentBytes } from './process-usage.ts';
import { MEASURES, Results } from './results.ts';
import { benchScale } from './scale.ts';
import { benchSsh } from './ssh.ts';
import { writeReport } from './write-report.ts';

const REPORT = path.join(CHECKOUT, 'docs', 'performance.md');

/** Scale 10 is a million rows: more than fits into a processor's cache, less than into memory. */
const PGBENCH_SCALE = 10;

/** About half an hour. */
const FULL: Effort = {
  rounds: 5,
  pgbenchSeconds: 6,
  resultBytes: 500e6,
  copyInBytes: 200e6,
  idleConnections: 2000,
};

/** Two minutes, to see whether something is badly off. */
const QUICK: Effort = {
  rounds: 1,
  pgbenchSeconds: 3,
  resultBytes: 100e6,
  copyInBytes: 50e6,
  idleConnections: 500,
};

/**
 * `npm run bench [-- --quick] [-- --write]`: compares direct connections, pgbouncer and the gateway; with `--ssh`, a jump host
 * of OpenSSH and the gateway; with `--http`, nginx and the gateway; with `--scale`, gateways of one process, of two, and behind
 * a connector.
 *
 * In every round each contestant is measured once, so that whatever else the machine does meets all
 * of them alike.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean' },
      write: { type: 'boolean' },
      ssh: { type: 'boolean' },
      http: { type: 'boolean' },
      scale: { type: 'boolean' },
    },
  });
  if (!(await installDebianPackages(say))) {
    process.exitCode = 1;
    return;
  }
  // Servers and gateways are stopped when this process exits, which a signal alone would not let it do.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const options = { isQuick: values.quick === true, isWritten: values.write === true };
  if (values.ssh === true) return benchSsh(options, say);
  if (values.http === true) return benchHttp(options, say);
  if (values.scale === true) return benchScale(options, say);
  const effort = options.isQuick ? QUICK : FULL;
  const startedAtMs = Date.now();
  const { table, contestants } = await compare(effort);
  const minutes = ((Date.now() - startedAtMs) / 60_000).toFixed(0);
  const text = [
    table,
    '',
    ...describeMachine().map((line) => `- ${line}`),
    `- ${effort.rounds} rounds of ${effort.pgbenchSeconds} s per kind of query, ${minutes} minutes in all; ` +
      'median of the rounds (lowest–highest) and ratio within a round to the first column that has the figure',
    `- ${effort.idleConnections} idle connections, measured once; contestants: ${contestants.join('; ')}`,
  ].join('\n');
  console.log(text);
  if (options.isWritten) {
    await writeReport(REPORT, text);
    say(`Written to ${path.relative(CHECKOUT, REPORT)}`);
  }
}

async function compare(
  effort: Effort,
): Promise<{ readonly table: string; readonly contestants: readonly string[] }> {
  say('Starting a server, pgbouncer and four gateways ...');
  await using server = await startPrivatePostgres({
    version: 'debian',
    settings: {
      max_connections: String(2 * effort.idleConnections + 100),
      shared_buffers: '512MB',
      max_wal_size: '4GB',
    },
  });
  const direct = describeDirect(server);
  await fillPgbenchTables(direct, PGBENCH_SCALE);
  await fillBulkTables(direct, effort.resultBytes);
  await using pgbouncer = await startPgbouncer(direct);
  await using written = await startBenchGateway(direct, 'written');
  await using sealed = await startBenchGateway(direct, 'sealed');
  const target: readonly Change[] = [[['recording', 'enabled'], false]];
  await using other = await startBenchGateway(direct, 'written', { target });
  const unrecorded = other.as('tester', 'gateway, written, not recorded');
  const workers: readonly Change[] = [[['gateway', 'workers'], 2]];
  await using two = await startBenchGateway(direct, 'written', { gateway: workers });
  const twoProcesses = two.as('tester', 'gateway, written, two processes');
  const contestants: readonly Contestant[] = [
    ...[direct, pgbouncer, written, unrecorded, twoProcesses, sealed],
  ];

  const results = new Results();
  for (const { name, pid } of contestants) {
    if (pid !== undefined) results.add(name, 'memory idle: MB', readResidentBytes(pid) / 1e6);
  }
  for (let round = 1; round <= effort.rounds; round++) {
    for (const contestant of contestants) {
      say(`Round ${round} of ${effort.rounds}: ${contestant.name}`);
      await measureRound(contestant, effort, results);
    }
  }
  for (const contestant of contestants) {
    say(`${effort.idleConnections} idle connections: ${contestant.name}`);
    await measureIdle(contestant, effort, results);
  }
  const names = contestants.map(({ name }) => name);
  return { table: formatTable(names, results, MEASURES), contestants: names };
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

await main();
