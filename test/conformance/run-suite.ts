import { spawn } from 'node:child_process';
import { chown, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Account } from './suite-server.ts';

/** Where a suite finds the server, or the gateway in front of it. */
export interface SuiteAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  /** libpq's variables beside host, port and user: `PGPASSWORD`, `PGSSLMODE`, … */
  readonly environment: Readonly<Record<string, string>>;
  /** Tests to run one after the other instead of the whole schedule in its groups; empty: the whole schedule, one by one. */
  readonly oneByOne?: readonly string[];
}

/** What a suite did. */
export interface SuiteOutcome {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
  /** Where the server's answers differ from the expected ones, or empty. */
  readonly differences: string;
  /** The last lines that the suite printed. */
  readonly summary: string;
}

export type SuiteName = 'regression' | 'isolation';

const BINARIES = '/usr/lib/postgresql/15/bin';

/** How `pg_regress`, or what is built of it, is called. */
export interface SuiteProgram {
  /** Where the suite's files are, beneath the source tree. */
  readonly directory: string;
  readonly program: string;
  readonly options: readonly string[];
}

/** Connections are limited to what a small machine runs at once without timing effects. */
const PROGRAMS: Readonly<Record<SuiteName, SuiteProgram>> = {
  regression: {
    directory: 'src/test/regress',
    program: './pg_regress',
    options: [
      '--max-concurrent-tests=20',
      '--max-connections=10',
      '--schedule=./parallel_schedule',
    ],
  },
  isolation: {
    directory: 'src/test/isolation',
    program: './pg_isolation_regress',
    options: ['--schedule=./isolation_schedule'],
  },
};

/**
 * Runs one suite against a database that exists already, as the user `postgres` when we are root:
 * the server writes files beside those of the suite.
 */
export async function runSuite(
  tree: string,
  name: SuiteName,
  address: SuiteAddress,
  account: Account,
): Promise<SuiteOutcome> {
  return runProgram(tree, PROGRAMS[name], address, account);
}

/** Runs what `program` names; otherwise as {@link runSuite}. */
export async function runProgram(
  tree: string,
  { directory, program, options }: SuiteProgram,
  address: SuiteAddress,
  account: Account,
): Promise<SuiteOutcome> {
  const output = await mkdtemp(join(tmpdir(), 'sallyport-suite-'));
  if (account.uid !== undefined && account.gid !== undefined) {
    await chown(output, account.uid, account.gid);
  }
  const child = spawn(
    program,
    [
      ...['--use-existing', '--inputdir=.', `--outputdir=${output}`, `--bindir=${BINARIES}`],
      ...[`--dlpath=${join(tree, 'src/test/regress')}`, `--dbname=${address.database}`],
      ...[`--host=${address.host}`, `--port=${address.port}`, `--user=${address.user}`],
      ...(address.oneByOne === undefined ? options : optionsOneByOne(options, address.oneByOne)),
    ],
    {
      ...account,
      cwd: join(tree, directory),
      env: { PATH: process.env['PATH'], HOME: output, ...address.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  }
  await new Promise((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  return {
    ...parseResults(printed),
    differences: await readFile(join(output, 'regression.diffs'), 'utf8').catch(() => ''),
    summary: printed.trimEnd().split('\n').slice(-12).join('\n'),
  };
}

function optionsOneByOne(options: readonly string[], tests: readonly string[]): readonly string[] {
  const kept = options.filter((option) => tests.length === 0 || !option.startsWith('--schedule'));
  return [...kept, '--max-connections=1', ...tests];
}

/** Reads pg_regress's report: `test boolean ... ok 120 ms`, or the name alone inside a group. */
export function parseResults(printed: string): Pick<SuiteOutcome, 'passed' | 'failed'> {
  const passed: string[] = [];
  const failed: string[] = [];
  for (const line of printed.split('\n')) {
    const match = /^(?:test)?\s+(\S+)\s+\.\.\.\s+(ok|FAILED|failed)/.exec(line);
    if (match?.[1] === undefined) continue;
    (match[2] === 'ok' ? passed : failed).push(match[1]);
  }
  return { passed, failed };
}
