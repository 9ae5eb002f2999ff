import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type PrivatePostgres, startPrivatePostgres } from '../e2e/private-postgres.ts';

/** The user that suites and server run as: `postgres` when we are root, otherwise ourselves. */
export interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

const run = promisify(execFile);

/** What the suites expect of a server beyond its defaults. */
const SETTINGS = {
  max_connections: '120',
  max_prepared_transactions: '20',
  wal_level: 'logical',
  shared_buffers: '128MB',
  autovacuum: 'on',
};

/** Starts the Debian server with the databases that the suites use, as pg_regress would make them. */
export async function startSuiteServer(
  settings: Readonly<Record<string, string>> = {},
): Promise<PrivatePostgres> {
  const server = await startPrivatePostgres({
    version: 'debian',
    settings: { ...SETTINGS, ...settings },
  });
  for (const database of ['regression', 'isolation_regression'])
    await makeDatabase(server, database);
  return server;
}

/** Puts a database back to how pg_regress makes one. */
export async function makeDatabase(server: PrivatePostgres, database: string): Promise<void> {
  await server.execute(`DROP DATABASE IF EXISTS ${database}`);
  await server.execute(`CREATE DATABASE ${database} TEMPLATE template0`);
  const settings = [
    ['lc_messages', 'C'],
    ['lc_monetary', 'C'],
    ['lc_numeric', 'C'],
    ['lc_time', 'C'],
    ['bytea_output', 'hex'],
    ['timezone_abbreviations', 'Default'],
  ];
  for (const [name, value] of settings) {
    await server.execute(`ALTER DATABASE ${database} SET ${name} TO '${value}'`);
  }
}

export async function findAccount(): Promise<Account> {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = await Promise.all([
    run('id', ['-u', 'postgres']),
    run('id', ['-g', 'postgres']),
  ]);
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}
