import { execFile, spawn } from 'node:child_process';
import { access, chmod, cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PrivatePostgres } from '../e2e/private-postgres.ts';
import type { SuiteAddress, SuiteOutcome } from './run-suite.ts';

const GO = 'go';

/** A driver whose own tests run through the gateway. */
export interface GoDriver {
  readonly name: 'pgx' | 'pq';
  readonly module: string;
  /** Its newest release when the page was last written. */
  readonly version: string;
  readonly database: string;
  /** Who the tests say they are. */
  readonly user?: string;
  readonly host?: string;
  /** The packages whose tests talk to a server, and those beside them. */
  readonly packages: readonly string[];
  /** Tests that need another server than ours. */
  readonly skip?: string;
  /** What the driver's instructions make in a new database, without the users for kinds of login that a gateway takes over. */
  readonly setup: string;
  /** A role that {@link setup} makes. */
  readonly role: string;
  readonly environment: (connection: Connection) => Readonly<Record<string, string>>;
}

interface Connection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly sslMode: string;
}

const TRICKY_ROLE = `" tricky, ' } "" \\\\ test user "`;

export const PGX: GoDriver = {
  name: 'pgx',
  module: 'github.com/jackc/pgx/v5',
  version: 'v5.12.0',
  database: 'pgx_test',
  packages: [
    ...['.', './pgconn', './pgxpool', './stdlib'],
    ...['./pgtype/...', './tracelog', './multitracer'],
  ],
  role: TRICKY_ROLE,
  setup: `
CREATE EXTENSION hstore;
CREATE EXTENSION ltree;
CREATE DOMAIN uint64 AS numeric(20, 0);
CREATE ROLE ${TRICKY_ROLE} SUPERUSER LOGIN`,
  environment: ({ host, port, user, password, database, sslMode }) => {
    const connection = `host=${host} port=${port} user=${user} password=${password} database=${database} sslmode=${sslMode}`;
    return { PGX_TEST_DATABASE: connection, PGX_TEST_TCP_CONN_STRING: connection };
  },
};

export const PQ: GoDriver = {
  name: 'pq',
  module: 'github.com/lib/pq',
  version: 'v1.12.3',
  database: 'pqgo',
  // Many tests expect these names.
  user: 'pqgo',
  host: 'localhost',
  packages: ['.', './hstore', './internal/pqtest', './internal/pqsql'],
  // They want certificates and kinds of login of their own on the server, no password among the settings, an answer in 100 ms, the port 5432.
  skip: '^TestSSL|^TestAuth$|^TestService$|^TestNewConnector$/^WithConfig$|^TestListener([^C]|Close$)|^Example',
  role: 'pqgo',
  setup: 'CREATE EXTENSION hstore; CREATE ROLE pqgo SUPERUSER LOGIN',
  environment: ({ host, port, user, password, database, sslMode }) => ({
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: database,
    PGSSLMODE: sslMode,
  }),
};

const run = promisify(execFile);

/** Fetches a driver with its tests through Go's module proxy. Undefined where Go is not installed. */
export async function fetchDriver(
  cacheDirectory: string,
  { name, module, version }: GoDriver,
): Promise<string | undefined> {
  const directory = join(cacheDirectory, `${name}-${version}`);
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
  const { stdout } = await run(GO, ['mod', 'download', '-json', `${module}@${version}`]);
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
async function makeDriverDatabase(
  server: PrivatePostgres,
  { database, role, setup }: GoDriver,
): Promise<void> {
  await server.execute(`DROP DATABASE IF EXISTS ${database}`);
  await server.execute(`DROP ROLE IF EXISTS ${role}`);
  await server.execute(`CREATE DATABASE ${database}`);
  await server.execute(setup, database);
}

/** Runs a driver's tests, one package after the other. */
export async function runDriver(
  driver: GoDriver,
  source: string,
  server: PrivatePostgres,
  { host, port, user, environment }: Omit<SuiteAddress, 'database'>,
): Promise<SuiteOutcome> {
  await makeDriverDatabase(server, driver);
  const { PGPASSWORD: password = 'unused', PGSSLMODE: sslMode = 'disable' } = environment;
  const skip = driver.skip === undefined ? [] : [`-skip=${driver.skip}`];
  const child = spawn(
    GO,
    [
      'test',
      '-count=1',
      '-p=1',
      '-parallel=1',
      '-json',
      '-timeout=600s',
      ...skip,
      ...driver.packages,
    ],
    {
      cwd: source,
      env: {
        ...process.env,
        ...driver.environment({
          host: driver.host ?? host,
          port,
          user: driver.user ?? user,
          password,
          database: driver.database,
          sslMode,
        }),
      },
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
  const events = printed.split('\n').filter((line) => line.startsWith('{'));
  return parseGoTestEvents(events, driver);
}

interface GoTestEvent {
  readonly Action: string;
  readonly Package: string;
  readonly Test?: string;
  readonly Output?: string;
}

/** Reads the events of `go test -json`. A package that fails outside any test counts as a test. */
export function parseGoTestEvents(
  lines: readonly string[],
  { name: driver, module }: Pick<GoDriver, 'name' | 'module'>,
): SuiteOutcome {
  const passed: string[] = [];
  const failed: string[] = [];
  const output = new Map<string, string>();
  for (const line of lines) {
    const { Action: action, Package: name, Test: test, Output: text } = parseEvent(line);
    const title = `${name.slice(module.length + 1) || driver} ${test ?? ''}`.trim();
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
