import type { CatalogRelation } from '../../sql/postgres/catalog.ts';
import type { MaskedRelation } from '../mask-plan.ts';
import type { MaskedSource } from './masked-source.ts';
import type { OutputColumn } from './output-column.ts';

/** A column of something in a FROM clause, under the name it has there. */
export interface EntryColumn {
  readonly name: string;
  readonly output: OutputColumn;
}

/** The relation that a write changes, which stays as it is: what the statement names of it is masked or refused. */
export interface WriteTarget {
  readonly relation: MaskedRelation;
  /** In RETURNING: references become masks; elsewhere they are refused. */
  readonly isMasked: boolean;
  readonly isKeyless: boolean;
  /**
   * Of a row that is yet to come, as `excluded` and the WHERE of COPY see it: columns of which the statement chose the value. Those of the
   * others come from defaults and sequences. Undefined: of rows that are there.
   */
  readonly given?: ReadonlySet<string>;
}

/** One thing in a FROM clause, or the target of a write. */
export interface Entry {
  /** The name by which expressions mean it; undefined if it has none. */
  readonly alias: string | undefined;
  /** Of a relation without an alias: its schema, as `schema.relation.column` may say. */
  readonly schema: string | undefined;
  /** A relation that goes by its own name. */
  readonly isUnaliasedRelation: boolean;
  /** Undefined: not all are known. */
  readonly columns: readonly EntryColumn[] | undefined;
  /** Of a relation that is not replaced. */
  readonly relation: CatalogRelation | undefined;
  readonly masked: MaskedSource | undefined;
  readonly target: WriteTarget | undefined;
  /** Of `old`, `new` and aliases of USING: neither `*` nor a column's name alone means it. */
  readonly isQualifiedOnly: boolean;
  /** Entries of an aliased join. */
  readonly members: readonly Entry[];
  /** They show their columns under other names: `AS j (a, b)`. */
  readonly renamesMembers: boolean;
}

/** A common table expression in sight. */
export interface CteScope {
  readonly columns: ReadonlyMap<string, readonly EntryColumn[] | undefined>;
  readonly outer: CteScope | undefined;
}

/** One level of a query. */
export interface QueryLevel {
  readonly parent: QueryLevel | undefined;
  readonly ctes: CteScope | undefined;
  readonly entries: Entry[];
  /** USING, NATURAL or an aliased join: `*` is not simply the columns of one entry after another. */
  mergesColumns: boolean;
  /** NATURAL: a column more in one entry changes the join. */
  isNatural: boolean;
}

/** What a column reference may mean. */
export interface Meaning {
  readonly entry: Entry;
  /** The column, or `*` for the whole row. */
  readonly column: string;
  readonly known: EntryColumn | undefined;
}

/** The system columns of a table. */
export const SYSTEM_COLUMNS: ReadonlySet<string> = new Set([
  'ctid',
  'xmin',
  'xmax',
  'cmin',
  'cmax',
  'tableoid',
]);

/** A new level around nothing yet. */
export function newLevel(parent: QueryLevel | undefined, ctes: CteScope | undefined): QueryLevel {
  return { parent, ctes, entries: [], mergesColumns: false, isNatural: false };
}

/** An entry about which nothing is said. */
export const PLAIN_ENTRY: Entry = {
  alias: undefined,
  schema: undefined,
  isUnaliasedRelation: false,
  columns: undefined,
  relation: undefined,
  masked: undefined,
  target: undefined,
  isQualifiedOnly: false,
  members: [],
  renamesMembers: false,
};

/** The scope's common table expression of that name: its columns are undefined where they are not known. */
export function findCte(
  scope: CteScope | undefined,
  name: string,
): { readonly columns: readonly EntryColumn[] | undefined } | undefined {
  for (let current = scope; current !== undefined; current = current.outer) {
    if (current.columns.has(name)) return { columns: current.columns.get(name) };
  }
  return undefined;
}

/**
 * Everything that `schema.table.column` (`*` last for a whole row) may mean, innermost level first. More than one where columns are
 * not known or the server would complain of an ambiguity; empty where nothing known fits.
 */
export function findMeanings(level: QueryLevel, fields: readonly string[]): readonly Meaning[] {
  const column = fields.at(-1) ?? '*';
  const table = fields.at(-2);
  if (table !== undefined) return findQualified(level, { schema: fields.at(-3), table, column });
  const meanings: Meaning[] = [];
  for (const current of levelsFrom(level)) {
    let isCertain = false;
    for (const entry of current.entries) {
      if (entry.isQualifiedOnly) continue;
      const has = hasColumn(entry, column);
      if (has === false) continue;
      meanings.push({ entry, column, known: findColumn(entry, column) });
      if (has === true) isCertain = true;
    }
    if (isCertain) return meanings;
  }
  // Only where no level has such a column may the name be that of a row.
  for (const current of levelsFrom(level)) {
    const named = current.entries.filter(({ alias }) => alias === column);
    for (const entry of named) meanings.push({ entry, column: '*', known: undefined });
    if (named.length > 0) return meanings;
  }
  return meanings;
}

function findQualified(
  level: QueryLevel,
  { schema, table, column }: { schema: string | undefined; table: string; column: string },
): readonly Meaning[] {
  const meanings: Meaning[] = [];
  for (const current of levelsFrom(level)) {
    const found = current.entries.filter(
      (entry) => entry.alias === table && (schema === undefined || mayBeIn(entry, schema)),
    );
    for (const entry of found) {
      // Not a column: `p.f` calls f(p).
      const isRow = column === '*' || hasColumn(entry, column) === false;
      const known = isRow ? undefined : findColumn(entry, column);
      meanings.push({ entry, column: isRow ? '*' : column, known });
    }
    const isCertain = found.some((entry) => schema === undefined || entry.schema === schema);
    if (isCertain) return meanings;
  }
  return meanings;
}

/** A schema before it names a relation without an alias, never anything else that goes by the name. */
function mayBeIn({ schema, isUnaliasedRelation }: Entry, wanted: string): boolean {
  return isUnaliasedRelation && (schema === undefined || schema === wanted);
}

/**
 * The relation being written, where a bare name may mean its column or row if the catalog is behind: between it and the reference
 * stand only columns that others may have dropped or renamed since.
 */
export function findShadowed(level: QueryLevel, name: string): Entry | undefined {
  for (const { entries } of levelsFrom(level)) {
    // Our own subqueries have exactly the columns that we wrote.
    const isCertain = entries.some(
      (entry) => entry.masked !== undefined && findColumn(entry, name) !== undefined,
    );
    if (isCertain) return undefined;
    const target = entries.find((entry) => isTargetNamed(entry, name));
    if (target !== undefined) return target;
  }
  return undefined;
}

function isTargetNamed({ target, alias, isQualifiedOnly }: Entry, name: string): boolean {
  // Of a row that is yet to come, only what the statement did not choose is hidden.
  if (target === undefined || target.given !== undefined) return false;
  const { relation, columns } = target.relation;
  if (!isQualifiedOnly && columns.has(name)) return true;
  return alias === name && !relation.columns.includes(name);
}

/** The level and those around it, innermost first. */
export function levelsFrom(level: QueryLevel): readonly QueryLevel[] {
  const levels: QueryLevel[] = [];
  for (let current: QueryLevel | undefined = level; current !== undefined; current = current.parent)
    levels.push(current);
  return levels;
}

/** Undefined: not known. */
export function hasColumn(entry: Entry, column: string): boolean | undefined {
  if (findColumn(entry, column) !== undefined) return true;
  if (SYSTEM_COLUMNS.has(column) && hasSystemColumns(entry)) return true;
  return entry.columns === undefined ? undefined : false;
}

function hasSystemColumns({ masked, relation, target }: Entry): boolean {
  const kind = (masked?.relation ?? target?.relation)?.relation.kind ?? relation?.kind;
  return kind === 'r' || kind === 'p' || kind === 'm' || kind === 'f';
}

function findColumn(entry: Entry, column: string): EntryColumn | undefined {
  return entry.columns?.find(({ name }) => name === column);
}
