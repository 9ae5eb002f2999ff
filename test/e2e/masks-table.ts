import assert from 'node:assert/strict';
import { Client, type QueryArrayResult } from 'pg';
import { buildCatalog } from '../../src/sql/postgres/build-catalog.ts';
import type { Catalog, CatalogRelation } from '../../src/sql/postgres/catalog.ts';
import { CATALOG_QUERY } from '../../src/sql/postgres/catalog-queries.ts';
import { decodeCatalogRows } from '../../src/sql/postgres/decode-catalog.ts';
import { NASTY_COLUMNS, NASTY_TYPES } from './masks-columns.ts';
import {
  type PrivatePostgres,
  type PrivatePostgresOptions,
  startPrivatePostgres,
} from './private-postgres.ts';

/** A server with one row in `app.nasty` for each nasty value, the last of them NULL wherever that may be. */
export interface NastyTable extends AsyncDisposable {
  readonly catalog: Catalog;
  readonly relation: CatalogRelation;
  readonly rowCount: number;
  /** Values as the server writes them. */
  query(sql: string): Promise<QueryArrayResult<(string | null)[]>>;
  /** A further session. */
  connect(): Promise<Client>;
}

type Rows = QueryArrayResult<(string | null)[]>;

/** Columns of domains that are NOT NULL. */
const NOT_NULL_VALUES: Readonly<Record<string, string>> = { code: `'q'`, code2: `'r'` };

export async function startNastyTable(
  version: PrivatePostgresOptions['version'],
): Promise<NastyTable> {
  await using started = new AsyncDisposableStack();
  const server = started.use(await startPrivatePostgres({ version }));
  await server.execute(`${NASTY_TYPES} ${createTable()}`);
  const client = await connect(server);
  started.defer(() => client.end());
  const catalog = await readCatalog(server);
  const relation = catalog.findRelation('app', 'nasty');
  assert(relation !== undefined);
  const cleanUp = started.move();
  return {
    catalog,
    relation,
    rowCount: rowCount() + 1,
    query: (sql) => queryText(client, sql),
    connect: () => connect(server),
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Every value as text, so that no reader of the driver's changes it. */
export function queryText(client: Client, text: string): Promise<Rows> {
  const types = { getTypeParser: () => (value: string) => value };
  return client.query<(string | null)[]>({ text, rowMode: 'array', types });
}

function rowCount(): number {
  return Math.max(...NASTY_COLUMNS.map(({ values }) => values.length));
}

function createTable(): string {
  const columns = NASTY_COLUMNS.map(({ name, type }) => `${quoteName(name)} ${type}`);
  const names = NASTY_COLUMNS.map(({ name }) => quoteName(name)).join(', ');
  const rows = Array.from({ length: rowCount() }, (_, row) => {
    const values = NASTY_COLUMNS.map(({ values }) => `(${values[row % values.length]})`);
    return `INSERT INTO app.nasty (${names}) VALUES (${values.join(', ')});`;
  });
  const notNull = Object.entries(NOT_NULL_VALUES);
  return `
    CREATE TABLE app.nasty (id int GENERATED ALWAYS AS IDENTITY, ${columns.join(', ')});
    ${rows.join('\n')}
    INSERT INTO app.nasty (${notNull.map(([name]) => name).join(', ')}) VALUES (${notNull.map(([, value]) => value).join(', ')});
  `;
}

async function connect({ host, port, superuser }: PrivatePostgres): Promise<Client> {
  const client = new Client({ host, port, user: superuser, database: 'postgres' });
  await client.connect();
  return client;
}

/** On a connection of its own, for the query changes settings. */
async function readCatalog(server: PrivatePostgres): Promise<Catalog> {
  const client = await connect(server);
  try {
    // Several statements give several results, which the driver's types do not say.
    const results = (await queryText(client, CATALOG_QUERY)) as Rows | readonly Rows[];
    const rows = [results].flat().at(-1)?.rows ?? [];
    return buildCatalog(decodeCatalogRows(rows));
  } finally {
    await client.end();
  }
}
