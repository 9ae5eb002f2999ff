import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { PrivatePostgres } from '../e2e/private-postgres.ts';
import { type Attack, formsOf } from './attacks.ts';
import { pick, seededRandom } from './canaries.ts';
import { LEAKS_DATABASE, type WorldServers } from './start-worlds.ts';

const SMITH_DATABASE = 'smith';
const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;
const run = promisify(execFile);

/** How many statements to take from sqlsmith, and which. */
export interface SqlsmithOptions {
  readonly count: number;
  readonly seed: number;
}

/** Statements that Debian's sqlsmith makes up for the schema, each in one form. */
export async function makeSqlsmithAttacks(
  { servers }: WorldServers,
  { count, seed }: SqlsmithOptions,
): Promise<readonly Attack[]> {
  if (count === 0) return [];
  // In both worlds, so that they stay alike.
  for (const server of [servers.a, servers.b]) await copyForSqlsmith(server);
  const { host, port, superuser } = servers.a;
  const { stdout } = await run(
    'sqlsmith',
    [
      `--target=host=${host} port=${port} dbname=${SMITH_DATABASE} user=${superuser}`,
      '--dry-run',
      '--exclude-catalog',
      `--max-queries=${count}`,
      `--seed=${seed}`,
    ],
    { maxBuffer: OUTPUT_BYTES_MAX },
  );
  const random = seededRandom(seed);
  const statements = stdout
    .split(/;\s*\n/)
    .map((text) => text.trim())
    .filter((text) => text !== '');
  if (statements.length === 0) throw new Error('Cannot run sqlsmith: it made no statement');
  return statements.map((text) => pick(random, formsOf(steady(text))));
}

/** Samples differ from one run to the next unless they are told not to. */
function steady(text: string): string {
  return text.replaceAll(/(tablesample\s+\w+\s*\([\d.]+\))/g, '$1 repeatable (1)');
}

/** Sqlsmith quotes no names: a copy has only those that need none. */
async function copyForSqlsmith(server: PrivatePostgres): Promise<void> {
  await server.execute(`CREATE DATABASE ${SMITH_DATABASE} TEMPLATE ${LEAKS_DATABASE}`);
  const odd = await server.execute(
    `SELECT format('DROP SCHEMA %I CASCADE;', nspname) FROM pg_namespace
      WHERE quote_ident(nspname) <> nspname AND nspname !~ '^pg_'
     UNION ALL SELECT format('DROP TABLE %s CASCADE;', c.oid::regclass) FROM pg_class c
      WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND EXISTS (SELECT FROM pg_attribute
        WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND quote_ident(attname) <> attname)`,
    SMITH_DATABASE,
  );
  if (odd !== '') await server.execute(odd, SMITH_DATABASE);
}
