import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Contestant } from './contestant.ts';
import { findPostgresProgram } from './debian-programs.ts';
import { percentile } from './spread.ts';

const run = promisify(execFile);

/**
 * Seconds at the start of a run that are not measured. The server's processes are new then, but for pgbouncer, which keeps
 * them from run to run: each has to find its way into the table first.
 */
const WARM_UP_SECONDS = 2;

/** What pgbench measured in one run. */
export interface PgbenchResult {
  /** Those of the warm-up included. */
  readonly transactions: number;
  readonly transactionsPerSecond: number;
  readonly p50Microseconds: number;
  readonly p99Microseconds: number;
}

/** Point queries by primary key: pgbench's built-in `select-only`. */
export interface PgbenchOptions {
  readonly protocol: 'simple' | 'prepared';
  readonly clients: number;
  /** Queries a second of all clients, from when a query should have begun; as many as there can be by default. */
  readonly rate?: number | undefined;
  /** That are measured. */
  readonly seconds: number;
}

/**
 * Runs pgbench and takes the latency of every single transaction from its log.
 *
 * @throws {Error} If a transaction failed, with what pgbench said.
 */
export async function runPgbench(
  contestant: Contestant,
  { protocol, clients, rate, seconds }: PgbenchOptions,
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
        ...howLong({ clients, rate, seconds }),
      ],
      { env: environmentFor(contestant), cwd: directory },
    );
    const logs = await Promise.all(
      (await readdir(directory)).map((name) => readFile(path.join(directory, name), 'latin1')),
    );
    return summarize(logs.join(''), stdout, WARM_UP_SECONDS);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Time counts from before the logins, which many clients take a while for: at a rate, transactions are counted. */
function howLong({ clients, rate, seconds }: Omit<PgbenchOptions, 'protocol'>): readonly string[] {
  const runs = WARM_UP_SECONDS + seconds;
  if (rate === undefined) return [`--time=${runs}`];
  return [`--rate=${rate}`, `--transactions=${Math.ceil((rate * runs) / clients)}`];
}

/** Fills the tables that pgbench queries: 100 000 rows for each unit of `scale`. */
export async function fillPgbenchTables(direct: Contestant, scale: number): Promise<void> {
  const options = ['--initialize', '--quiet', `--scale=${scale}`];
  await run(findPostgresProgram('pgbench'), options, { env: environmentFor(direct) });
}

/** Makes figures of pgbench's log: client, number, latency in µs, script, and when it ended in s and µs. */
export function summarize(log: string, report: string, warmUpSeconds: number): PgbenchResult {
  const failed = /^number of failed transactions: (\d+)/m.exec(report)?.[1];
  if (!/^tps = /m.test(report) || (failed !== undefined && failed !== '0')) {
    throw new Error(`pgbench: ${failed ?? 'no result, maybe all'} failed: ${report}`);
  }
  const endsMicroseconds: number[] = [];
  const latencies: number[] = [];
  for (const line of log.trimEnd().split('\n')) {
    const [, , latency, , seconds, microseconds] = line.split(' ').map(Number);
    endsMicroseconds.push(Number(seconds) * 1e6 + Number(microseconds));
    latencies.push(Number(latency));
  }
  const first = endsMicroseconds.reduce((a, b) => Math.min(a, b), Infinity);
  const last = endsMicroseconds.reduce((a, b) => Math.max(a, b), -Infinity);
  const from = first + warmUpSeconds * 1e6;
  const measured = Float64Array.from(
    latencies.filter((_, index) => Number(endsMicroseconds[index]) > from),
  ).sort();
  if (!(last > from) || measured.some(Number.isNaN)) {
    throw new Error(
      `Cannot measure a run that is too short, or whose log is not pgbench's: ${log.slice(0, 200)}`,
    );
  }
  return {
    transactions: latencies.length,
    transactionsPerSecond: (measured.length / (last - from)) * 1e6,
    p50Microseconds: percentile(measured, 0.5),
    p99Microseconds: percentile(measured, 0.99),
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
