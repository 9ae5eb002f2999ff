import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Contestant } from './contestant.ts';
import { findPostgresProgram } from './debian-programs.ts';
import { percentile } from './spread.ts';

const run = promisify(execFile);

/** What pgbench measured in one run. */
export interface PgbenchResult {
  readonly transactions: number;
  readonly transactionsPerSecond: number;
  readonly p50Microseconds: number;
  readonly p99Microseconds: number;
}

/** Point queries by primary key: pgbench's built-in `select-only`. */
export interface PgbenchOptions {
  readonly protocol: 'simple' | 'prepared';
  readonly clients: number;
  readonly seconds: number;
}

/**
 * Runs pgbench and takes the latency of every single transaction from its log.
 *
 * @throws {Error} If a transaction failed, with what pgbench said.
 */
export async function runPgbench(
  contestant: Contestant,
  { protocol, clients, seconds }: PgbenchOptions,
): Promise<PgbenchResult> {
  const directory = await mkdtemp(path.join(tmpdir(), 'bench-pgbench-'));
  try {
    const { stdout } = await run(
      findPostgresProgram('pgbench'),
      [
        '--select-only',
        '--no-vacuum',
        '--log',
        `--log-prefix=${directory}/log`,
        `--protocol=${protocol}`,
        `--client=${clients}`,
        `--time=${seconds}`,
      ],
      { env: environmentFor(contestant), cwd: directory },
    );
    const logs = await Promise.all(
      (await readdir(directory)).map((name) => readFile(path.join(directory, name), 'latin1')),
    );
    return summarize(logs.join(''), stdout);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Fills the tables that pgbench queries: 100 000 rows for each unit of `scale`. */
export async function fillPgbenchTables(direct: Contestant, scale: number): Promise<void> {
  const options = ['--initialize', '--quiet', `--scale=${scale}`];
  await run(findPostgresProgram('pgbench'), options, { env: environmentFor(direct) });
}

/** Makes figures of pgbench's log (one line a transaction: client, number, latency in µs, …). */
export function summarize(log: string, report: string): PgbenchResult {
  const latencies = Float64Array.from(log.trimEnd().split('\n'), (line) =>
    Number(line.split(' ')[2]),
  ).sort();
  const perSecond = /^tps = ([\d.]+)/m.exec(report)?.[1];
  if (perSecond === undefined || latencies.some(Number.isNaN)) {
    throw new Error(`Cannot read pgbench's result: ${report}`);
  }
  const failed = /^number of failed transactions: (\d+)/m.exec(report)?.[1];
  if (failed !== undefined && failed !== '0') throw new Error(`pgbench: ${failed} failed`);
  return {
    transactions: latencies.length,
    transactionsPerSecond: Number(perSecond),
    p50Microseconds: percentile(latencies, 0.5),
    p99Microseconds: percentile(latencies, 0.99),
  };
}

/** libpq's settings for a contestant, for any client that stands on it. */
function environmentFor(contestant: Contestant): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PGHOST: contestant.host,
    PGPORT: String(contestant.port),
    PGUSER: contestant.user,
    PGPASSWORD: contestant.password,
    PGDATABASE: contestant.database,
    PGSSLMODE: 'disable',
    PGGSSENCMODE: 'disable',
  };
}
