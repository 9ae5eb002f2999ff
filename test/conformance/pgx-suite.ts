import { execFile, spawn } from 'node:child_process';
import { access, chmod, cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PrivatePostgres } from '../e2e/private-postgres.ts';
import type { SuiteAddress, SuiteOutcome } from './run-suite.ts';

const GO = 'go';
const MODULE = 'github.com/jackc/pgx/v5';
/** Its newest release when the page was last written. */
export const PGX_VERSION = 'v5.12.0';
export const PGX_DATABASE = 'pgx_test';
/** The packages whose tests talk to a server, and those beside them. */
const PACKAGES = [
  ...['.', './pgconn', './pgxpool', './stdlib'],
  ...['./pgtype/...', './tracelog', './multitracer'],
];

/** What pgx's `testsetup` makes, without the users for kinds of login that a gateway takes over. */
const SETUP = `
CREATE EXTENSION hstore;
CREATE EXTENSION ltree;
CREATE DOMAIN uint64 AS numeric(20, 0);
CREATE ROLE " tricky, ' } "" \\\\ test user " SUPERUSER LOGIN`;

const run = promisify(execFile);

/** Fetches pgx with its tests through Go's module proxy. Undefined where Go is not installed. */
export async function fetchPgx(cacheDirectory: string): Promise<string | undefined> {
  const directory = join(cacheDirectory, `pgx-${PGX_VERSION}`);
  const isThere = await access(join(directory, 'go.mod')).then(
    () => true,
    () => false,
  );
  try {
    await run(GO, ['version']);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
    throw error;
  }
  if (isThere) return directory;
  const { stdout } = await run(GO, ['mod', 'download', '-json', `${MODULE}@${PGX_VERSION}`]);
  const { Dir: source } = JSON.parse(stdout) as { readonly Dir: string };
  await cp(source, directory, { recursive: true });
  // The module cache is read-only; Go writes beside the tests.
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) await chmod(join(entry.parentPath, entry.name), 0o755);
  }
  return directory;
}

/** Makes the database anew: each side starts from the same state. */
export async function makePgxDatabase(server: PrivatePostgres): Promise<void> {
  await server.execute(`DROP DATABASE IF EXISTS ${PGX_DATABASE}`);
  await server.execute(`DROP ROLE IF EXISTS " tricky, ' } "" \\\\ test user "`);
  await server.execute(`CREATE DATABASE ${PGX_DATABASE}`);
  await server.execute(SETUP, PGX_DATABASE);
}

/** Runs pgx's tests, one package after the other. */
export async function runPgx(
  directory: string,
  { host, port, user, environment }: Omit<SuiteAddress, 'database'>,
): Promise<SuiteOutcome> {
  const { PGPASSWORD: password = 'unused', PGSSLMODE: sslMode = 'disable' } = environment;
  const connection = `host=${host} port=${port} user=${user} password=${password} database=${PGX_DATABASE} sslmode=${sslMode}`;
  const child = spawn(GO, ['test', '-count=1', '-p=1', '-json', '-timeout=600s', ...PACKAGES], {
    cwd: directory,
    env: {
      ...process.env,
      PGX_TEST_DATABASE: connection,
      PGX_TEST_TCP_CONN_STRING: connection,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  }
  await new Promise((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  const events = printed.split('\n').filter((line) => line.startsWith('{'));
  return parseGoTestEvents(events);
}

interface GoTestEvent {
  readonly Action: string;
  readonly Package: string;
  readonly Test?: string;
  readonly Output?: string;
}

/** Reads the events of `go test -json`. A package that fails outside any test counts as a test. */
export function parseGoTestEvents(lines: readonly string[]): SuiteOutcome {
  const passed: string[] = [];
  const failed: string[] = [];
  const output = new Map<string, string>();
  for (const line of lines) {
    const { Action: action, Package: name, Test: test, Output: text } = parseEvent(line);
    const title = `${name.slice(MODULE.length + 1) || 'pgx'} ${test ?? ''}`.trim();
    if (action === 'output') output.set(title, (output.get(title) ?? '') + text);
    if (action === 'pass' && test !== undefined) passed.push(title);
    if (action === 'fail' && (test !== undefined || !failed.some((one) => one.startsWith(title)))) {
      failed.push(title);
    }
  }
  return {
    passed,
    failed,
    differences: failed.map((title) => output.get(title) ?? '').join(''),
    summary: lines.slice(-12).join('\n'),
  };
}

function parseEvent(line: string): GoTestEvent {
  return JSON.parse(line) as GoTestEvent;
}
