import assert from 'node:assert/strict';
import { buildCatalog } from '../../src/sql/postgres/build-catalog.ts';
import type { Catalog, CatalogRows, NameContext } from '../../src/sql/postgres/catalog.ts';
import { CATALOG_QUERY } from '../../src/sql/postgres/catalog-queries.ts';
import { decodeCatalogRows } from '../../src/sql/postgres/decode-catalog.ts';

/** Rows of a query's last result, as text. */
export type AskServer = (sql: string) => Promise<readonly (readonly (string | null)[])[]>;

/** What a session sees at one moment. */
export interface SessionView {
  readonly catalog: Catalog;
  readonly names: NameContext;
}

const STATE_QUERY = `
SELECT pg_catalog.current_setting('search_path'),
  (SELECT nspname FROM pg_catalog.pg_namespace WHERE oid = pg_catalog.pg_my_temp_schema()),
  pg_catalog.current_setting('standard_conforming_strings'),
  pg_catalog.to_json(pg_catalog.current_schemas(true))`;

/** As `CATALOG_QUERY` says it. */
const NOT_TEMPORARY = `n.nspname !~ '^pg_(toast|temp_|toast_temp_)'`;

const FIRST_USER_OID = 16_384;

/** What does not change while a server runs: read once for all sessions. */
export interface SystemCatalog {
  rows: CatalogRows | undefined;
}

/**
 * Reads the catalog in the client's own session, in its transaction, and so sees what nobody else sees yet: a gateway, which reads it
 * apart, refuses what the catalog does not show. The session's temporary tables are read like others.
 */
export class SessionCatalog {
  readonly #ask: AskServer;
  readonly #system: SystemCatalog;
  #catalog: Catalog | undefined;
  #code: ReadonlySet<string> = new Set();

  constructor(ask: AskServer, system: SystemCatalog) {
    this.#ask = ask;
    this.#system = system;
  }

  /** The catalog as it was read last; undefined if it may have changed. */
  get known(): Catalog | undefined {
    return this.#catalog;
  }

  forget(): void {
    this.#catalog = undefined;
  }

  async look(): Promise<SessionView> {
    const [row] = await this.#ask(STATE_QUERY);
    assert(row !== undefined, 'the session says what it is');
    const [searchPath, temporarySchema, conformingStrings, schemas] = row;
    if (this.#catalog === undefined) {
      const rows = await this.#read(searchPath ?? '', temporarySchema ?? '');
      this.#catalog = buildCatalog(rows);
      this.#code = listCode(rows);
    }
    const catalog = this.#catalog;
    return {
      catalog,
      names: {
        searchPaths: [JSON.parse(schemas ?? '[]') as readonly string[]],
        overlay: [],
        functionsAllowed: this.#code,
        standardConformingStrings: conformingStrings === 'on',
        clientEncoding: 'UTF8',
      },
    };
  }

  async #read(searchPath: string, temporarySchema: string): Promise<CatalogRows> {
    const set = (value: string): string =>
      `SELECT pg_catalog.set_config('search_path', ${quoteText(value)}, true)`;
    const read = async (condition: string): Promise<CatalogRows> =>
      decodeCatalogRows(await this.#ask(`${set('')};${selectWhere(condition)}`));
    this.#system.rows ??= await read(NOT_TEMPORARY);
    const visible = `(${NOT_TEMPORARY} or n.nspname = ${quoteText(temporarySchema)})`;
    const ofUsers = await read(`c.oid >= ${FIRST_USER_OID} and ${visible}`);
    await this.#ask(set(searchPath));
    const { relations, types = [] } = this.#system.rows;
    return {
      ...ofUsers,
      relations: [...relations.filter(({ oid }) => oid < FIRST_USER_OID), ...ofUsers.relations],
      types: [...types, ...(ofUsers.types ?? [])],
    };
  }
}

function selectWhere(condition: string): string {
  const select = CATALOG_QUERY.slice(CATALOG_QUERY.indexOf('with recursive'));
  assert(select.includes(NOT_TEMPORARY), 'the query leaves temporary tables out');
  return select.replace(NOT_TEMPORARY, () => condition);
}

/** All code may run: masks that change nothing hide nothing from it. */
function listCode({ userFunctions, userOperators, builtInFunctions }: CatalogRows): Set<string> {
  return new Set([
    ...userFunctions.map(({ schema, name }) => `${schema}.${name}`),
    ...(userOperators ?? []).map((name) => `public.${name}`),
    ...(builtInFunctions ?? []).map((name) => `pg_catalog.${name}`),
  ]);
}

function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
