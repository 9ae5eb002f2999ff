import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import postgres from 'postgres';

/** Somebody who asks the hospital database something, through the gateway. */
export interface Visitor {
  readonly name: string;
  /** Token that stands as password. */
  readonly token: string;
  readonly port: number;
  readonly authorityFile: string;
}

/** What a client showed: rows without decoration, and errors as psql words them. */
export interface SqlOutcome {
  readonly output: string;
  readonly errors: string;
}

/** Runs statements in one session. With `cancelAfterMs`, presses Ctrl-C that long after the start. */
export interface SqlClient {
  readonly name: string;
  run(
    visitor: Visitor,
    statements: readonly string[],
    options?: { readonly cancelAfterMs?: number },
  ): Promise<SqlOutcome>;
}

const CLIENT_PACKAGE = 'postgresql-client';
const SESSION_TIMEOUT_MS = 60_000;

/**
 * The real psql; where it is missing and we may, it is installed. Otherwise a client of Node.js.
 *
 * @param say Told what had to be done.
 */
export function findSqlClient(say: (line: string) => void): SqlClient {
  if (hasPsql()) return PSQL;
  if (process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0) {
    say(`psql is missing: installing ${CLIENT_PACKAGE}`);
    const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const options = { env: environment, stdio: 'ignore' } as const;
    spawnSync('apt-get', ['update'], options);
    spawnSync('apt-get', ['install', '-y', '--no-install-recommends', CLIENT_PACKAGE], options);
    if (hasPsql()) return PSQL;
  }
  say('psql is missing: using the npm package "postgres" as client instead');
  return NODE_CLIENT;
}

function hasPsql(): boolean {
  return spawnSync('psql', ['--version']).status === 0;
}

/** Connection settings of libpq for a visitor. */
export function libpqEnvironment(visitor: Visitor): Record<string, string> {
  return {
    PGHOST: '127.0.0.1',
    PGPORT: String(visitor.port),
    PGUSER: visitor.name,
    PGPASSWORD: visitor.token,
    PGDATABASE: 'hospital',
    PGSSLMODE: 'verify-ca',
    PGSSLROOTCERT: visitor.authorityFile,
  };
}

const PSQL: SqlClient = {
  name: 'psql',
  run: async (visitor, statements, { cancelAfterMs } = {}) => {
    const commands = statements.flatMap((statement) => ['-c', statement]);
    const child = spawn('psql', ['-X', '-A', '-t', '-v', 'VERBOSITY=verbose', ...commands], {
      env: { ...process.env, ...libpqEnvironment(visitor) },
      stdio: ['ignore', 'pipe', 'pipe'],
      // Away from the terminal's Ctrl-C, which is the demo's.
      detached: true,
      timeout: SESSION_TIMEOUT_MS,
    });
    if (cancelAfterMs !== undefined) setTimeout(() => child.kill('SIGINT'), cancelAfterMs);
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    await new Promise((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    });
    return { output: output.trim(), errors: errors.trim() };
  },
};

const NODE_CLIENT: SqlClient = {
  name: 'the npm package "postgres"',
  run: async (visitor, statements, options = {}) => {
    const session = openSession(visitor);
    const outcomes: SqlOutcome[] = [];
    try {
      for (const statement of statements) {
        outcomes.push(await runStatement(session, statement, options));
      }
    } finally {
      await session.end({ timeout: 1 });
    }
    const join = (part: keyof SqlOutcome): string =>
      outcomes.flatMap((outcome) => outcome[part] || []).join('\n');
    return { output: join('output'), errors: join('errors') };
  },
};

/** Runs one statement and words its outcome as psql would. */
export async function runStatement(
  session: postgres.Sql,
  statement: string,
  { cancelAfterMs }: { readonly cancelAfterMs?: number } = {},
): Promise<SqlOutcome> {
  const running = session.unsafe(statement).simple();
  if (cancelAfterMs !== undefined) setTimeout(() => running.cancel(), cancelAfterMs);
  try {
    const rows = await running;
    const lines = rows.map((row) =>
      Object.values(row)
        .map((value) => String(value ?? ''))
        .join('|'),
    );
    // A result without columns says what was done instead.
    if (rows.length === 0) lines.push(`${rows.command} ${rows.count ?? ''}`.trim());
    return { output: lines.join('\n'), errors: '' };
  } catch (error) {
    const { code, message, hint } = error as postgres.PostgresError;
    const errors = `ERROR:  ${code}: ${message}${hint === undefined ? '' : `\nHINT:  ${hint}`}`;
    return { output: '', errors };
  }
}

/** One connection of a Node.js client, for what needs a session that stays open. */
export function openSession(visitor: Visitor): postgres.Sql {
  return postgres({
    host: '127.0.0.1',
    port: visitor.port,
    user: visitor.name,
    password: visitor.token,
    database: 'hospital',
    max: 1,
    ssl: { ca: readFileSync(visitor.authorityFile) },
    onnotice: () => undefined,
    // Else each session begins by a question of the driver's own, which would be recorded too.
    fetch_types: false,
  });
}
