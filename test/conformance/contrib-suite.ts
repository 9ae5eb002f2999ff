import { execFile } from 'node:child_process';
import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PrivatePostgres } from '../e2e/private-postgres.ts';
import { runProgram, type SuiteAddress, type SuiteOutcome } from './run-suite.ts';
import { type Account, makeDatabase } from './suite-server.ts';

const run = promisify(execFile);

const DATABASE = 'contrib_regression';
const PIPELINE = 'src/test/modules/libpq_pipeline';
/** One test tells of each row that it inserts. */
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** They want a server that was started for them, a language that is not installed, or to connect to a port of their own. */
const LEFT_OUT =
  /^(?:auto_explain|basic_archive|dblink|passwordcheck|pg_stat_statements|postgres_fdw|sepgsql|test_decoding|.*_pl(?:perl|python))$/;

/** The tests of one extension. */
interface Extension {
  readonly name: string;
  readonly directory: string;
  readonly tests: readonly string[];
  readonly options: readonly string[];
}

/** Runs the regression tests of the extensions that come with the server, and of PL/pgSQL, each in a new database. */
export async function runContrib(
  tree: string,
  server: PrivatePostgres,
  address: Omit<SuiteAddress, 'database'>,
  account: Account,
): Promise<SuiteOutcome> {
  const outcomes: SuiteOutcome[] = [];
  for (const { name, directory, tests, options } of await findExtensions(tree)) {
    await makeDatabase(server, DATABASE);
    const program = {
      directory,
      program: join(tree, 'src/test/regress/pg_regress'),
      options: ['--max-connections=1', ...options, ...tests],
    };
    const outcome = await runProgram(tree, program, { ...address, database: DATABASE }, account);
    const named = (test: string): string => `${name}/${test}`;
    const passed = outcome.passed.map(named);
    // What says nothing of a test did not get that far.
    const failed = tests.map(named).filter((test) => !passed.includes(test));
    outcomes.push({ ...outcome, passed, failed });
  }
  return {
    passed: outcomes.flatMap(({ passed }) => passed),
    failed: outcomes.flatMap(({ failed }) => failed),
    differences: outcomes.map(({ differences }) => differences).join(''),
    summary: outcomes.map(({ summary }) => summary).join('\n'),
  };
}

async function findExtensions(tree: string): Promise<readonly Extension[]> {
  const contrib = (await readdir(join(tree, 'contrib'), { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && !LEFT_OUT.test(entry.name))
    .map(({ name }) => ({ name, directory: `contrib/${name}` }))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const extensions: Extension[] = [];
  for (const { name, directory } of [
    ...contrib,
    { name: 'plpgsql', directory: 'src/pl/plpgsql/src' },
  ]) {
    const makefile = await readFile(join(tree, directory, 'Makefile'), 'utf8').catch(() => '');
    const tests = wordsOf(makefile, 'REGRESS');
    const options = wordsOf(makefile, 'REGRESS_OPTS').filter((word) =>
      word.startsWith('--load-extension='),
    );
    if (tests.length > 0) extensions.push({ name, directory, tests, options });
  }
  return extensions;
}

/** What a makefile gives a variable, but for references to others. */
export function wordsOf(makefile: string, variable: string): readonly string[] {
  const lines = makefile.replaceAll('\\\n', ' ').split('\n');
  const assignment = new RegExp(`^${variable}\\s*\\+?=(.*)$`);
  return lines
    .flatMap((line) => assignment.exec(line)?.[1]?.trim().split(/\s+/) ?? [])
    .filter((word) => word !== '' && !word.includes('$'));
}

/** Runs libpq's own test of pipelines. */
export async function runPipeline(
  tree: string,
  { host, port, user, environment }: Omit<SuiteAddress, 'database'>,
): Promise<SuiteOutcome> {
  const program = await buildPipeline(tree);
  const env = {
    ...process.env,
    LD_LIBRARY_PATH: join(tree, 'src/interfaces/libpq'),
    ...environment,
  };
  const { stdout } = await run(program, ['tests'], { env });
  const connection = `host=${host} port=${port} user=${user} dbname=postgres`;
  const passed: string[] = [];
  const failed: string[] = [];
  let differences = '';
  for (const test of stdout.trim().split('\n')) {
    try {
      await run(program, [test, connection], { env, maxBuffer: OUTPUT_BYTES_MAX });
      passed.push(test);
    } catch (error) {
      failed.push(test);
      differences += `${test}: ${String(error)}\n`;
    }
  }
  return { passed, failed, differences, summary: stdout };
}

async function buildPipeline(tree: string): Promise<string> {
  const program = join(tree, PIPELINE, 'libpq_pipeline');
  const isThere = await access(program).then(
    () => true,
    () => false,
  );
  if (!isThere)
    await run('make', ['-C', join(tree, PIPELINE), 'libpq_pipeline'], {
      maxBuffer: OUTPUT_BYTES_MAX,
    });
  return program;
}
