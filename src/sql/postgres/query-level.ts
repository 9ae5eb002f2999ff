import type { ResolvedRelation } from './name-resolver.ts';
import type { OperationBuilder } from './statement-builder.ts';

/** Names of common table expressions in sight, innermost first. */
export interface CteScope {
  readonly names: ReadonlySet<string>;
  readonly outer: CteScope | undefined;
}

/** One thing in a FROM clause, or the target of a write. */
export interface RangeEntry {
  /** The name by which expressions mean it; undefined if it has none. */
  readonly alias: string | undefined;
  readonly schema: string | undefined;
  /** Undefined for what is derived: sub-selects, functions, CTEs. */
  readonly relation: ResolvedRelation | undefined;
  /** Entries of an aliased join. */
  readonly members: readonly RangeEntry[];
  /** Named without ONLY. */
  readonly withDescendants: boolean;
  /** `AS p(a, b)`: its columns go by other names. */
  readonly hasColumnAliases: boolean;
  /** Where its columns are noted. */
  readonly operation: OperationBuilder;
  /** Rows that the query can take from it, once that is known to be few. */
  rows: number | undefined;
}

/** One level of a query: what unqualified column names may mean there. */
export interface QueryLevel {
  readonly parent: QueryLevel | undefined;
  readonly ctes: CteScope | undefined;
  readonly entries: readonly RangeEntry[];
  /** Names that the select list gives its columns: ORDER BY and GROUP BY may use them. */
  readonly outputNames: ReadonlySet<string>;
  /** Where functions and opaque doings are noted. */
  readonly operation: OperationBuilder;
  /** The level, and those around it, produce only a few rows: a column from here is as good as a constant. */
  isFewRows: boolean;
}

const SYSTEM_COLUMNS: ReadonlySet<string> = new Set([
  'ctid',
  'xmin',
  'xmax',
  'cmin',
  'cmax',
  'tableoid',
]);

/** The function that `p.name` or `(p).name` may call, if `name` is not one of p's columns. */
export type NotedFunction = string | undefined;

/** Notes the columns that a name may mean. `fields` are the parts of `schema.table.column`, `*` last for a whole row. */
export function noteColumns(level: QueryLevel, fields: readonly string[]): NotedFunction {
  const column = fields.at(-1) ?? '*';
  const table = fields.at(-2);
  if (table === undefined) {
    noteUnqualified(level, column);
    return undefined;
  }
  const schema = fields.at(-3);
  let calls: NotedFunction;
  for (const entry of findEntries(level, table, schema)) {
    if (!noteIn(entry, column)) {
      noteIn(entry, '*');
      calls = column;
    }
  }
  // `column.field` of a composite column, written without parentheses, is an error in PostgreSQL: no further meaning.
  return calls;
}

/** Whether the level (or one around it) has an entry of which that is a name. */
export function findEntries(
  level: QueryLevel,
  alias: string,
  schema?: string,
): readonly RangeEntry[] {
  for (
    let current: QueryLevel | undefined = level;
    current !== undefined;
    current = current.parent
  ) {
    const found = current.entries.filter(
      (entry) =>
        entry.alias === alias &&
        (schema === undefined || entry.schema === undefined || entry.schema === schema),
    );
    if (found.length > 0) return found;
  }
  return [];
}

function noteUnqualified(level: QueryLevel, column: string): void {
  if (column === '*') {
    for (const entry of level.entries) noteIn(entry, '*');
    return;
  }
  for (
    let current: QueryLevel | undefined = level;
    current !== undefined;
    current = current.parent
  ) {
    let isFound = false;
    let mayBeDerived = false;
    for (const entry of current.entries) {
      // A whole row: `row_to_json(p)`, `p::text`.
      if (entry.alias === column) {
        noteIn(entry, '*');
        isFound = true;
      }
      if (entry.relation === undefined) mayBeDerived = true;
      else if (hasColumn(entry, column) !== false) {
        noteIn(entry, column);
        isFound = true;
      }
    }
    if (isFound) return;
    if (current.outputNames.has(column)) return;
    if (mayBeDerived && current.parent === undefined) return;
  }
  // Nothing known has it: the catalog may be behind.
  for (const entry of level.entries)
    for (const name of entry.relation?.names ?? [])
      entry.operation.columns.add(`${name}.${column}`);
}

/** Undefined: not all candidates' columns are known. */
function hasColumn(entry: RangeEntry, column: string): boolean | undefined {
  const { relation } = entry;
  if (relation === undefined) return false;
  if (SYSTEM_COLUMNS.has(column)) return true;
  if (relation.known.some((known) => known.columns.includes(column))) return true;
  return entry.hasColumnAliases || relation.known.length < relation.names.length
    ? undefined
    : false;
}

/** False if the entry is a relation that is known not to have the column. */
function noteIn(entry: RangeEntry, column: string): boolean {
  for (const member of entry.members) noteIn(member, column);
  if (entry.relation === undefined) return true;
  const has = column === '*' ? true : hasColumn(entry, column);
  if (has === false) return false;
  const noted = entry.hasColumnAliases ? '*' : column;
  for (const name of entry.relation.names) entry.operation.columns.add(`${name}.${noted}`);
  return true;
}
