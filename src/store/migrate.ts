import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ClientBase } from 'pg';
import { StoreError } from './store-error.ts';

/** One step forward of the schema. There is no step back: a mistake is corrected by the next one. */
export interface Migration {
  /** `0001-tokens`; the order of names is the order of steps. */
  readonly name: string;
  readonly sql: string;
}

/** Key of the advisory lock that gateways starting together queue for; any fixed number does. */
const LOCK_KEY = 7_274_652_117;
const DIRECTORY = fileURLToPath(new URL('migrations/', import.meta.url));

/** The migrations of this version, in order. */
export function readMigrations(): readonly Migration[] {
  const files = readdirSync(DIRECTORY).filter((file) => file.endsWith('.sql'));
  return files.toSorted().map((file) => ({
    name: file.slice(0, -'.sql'.length),
    sql: readFileSync(DIRECTORY + file, 'utf8'),
  }));
}

/**
 * Applies what has not been applied, each step in a transaction of its own, once however many
 * gateways start together.
 *
 * @throws {StoreError} If the database was migrated by a newer version, or an applied step is not the
 *   one this version knows.
 */
export async function migrate(client: ClientBase, migrations: readonly Migration[]): Promise<void> {
  await client.query('select pg_advisory_lock($1)', [LOCK_KEY]);
  try {
    const applied = await readApplied(client);
    assertKnown(applied, migrations);
    for (const migration of migrations) {
      if (!applied.has(migration.name)) await apply(client, migration);
    }
  } finally {
    await client.query('select pg_advisory_unlock($1)', [LOCK_KEY]);
  }
}

/** SHA-256 of the applied steps by name. */
async function readApplied(client: ClientBase): Promise<ReadonlyMap<string, string>> {
  await client.query('create schema if not exists sallyport');
  await client.query(
    `create table if not exists sallyport.migrations (
       name text primary key, sha256 text not null, applied_at timestamptz not null default now())`,
  );
  const { rows } = await client.query<{ name: string; sha256: string }>(
    'select name, sha256 from sallyport.migrations',
  );
  return new Map(rows.map(({ name, sha256 }) => [name, sha256]));
}

function assertKnown(applied: ReadonlyMap<string, string>, migrations: readonly Migration[]): void {
  const known = new Map(migrations.map(({ name, sql }) => [name, hash('sha256', sql)]));
  for (const [name, sha256] of applied) {
    if (!known.has(name)) {
      throw new StoreError(
        `Cannot use the store: a newer version of Sallyport applied ${name}; run that version`,
      );
    }
    if (known.get(name) !== sha256) {
      throw new StoreError(`Cannot use the store: ${name} was applied with other contents`);
    }
  }
}

async function apply(client: ClientBase, { name, sql }: Migration): Promise<void> {
  await client.query('begin');
  try {
    await client.query(sql);
    await client.query('insert into sallyport.migrations (name, sha256) values ($1, $2)', [
      name,
      hash('sha256', sql),
    ]);
    await client.query('commit');
  } catch (cause) {
    await client.query('rollback');
    throw new StoreError(`Cannot bring the store up to date: ${name} failed`, { cause });
  }
}
