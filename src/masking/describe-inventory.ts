import type { Catalog } from '../sql/postgres/catalog.ts';
import type { Classification } from './classification.ts';

/** What the data map says of a database, in figures. */
export interface Inventory {
  /** Tables, views and the like that are not the server's own. */
  readonly relations: number;
  readonly classifiedRelations: number;
  readonly columns: number;
  /** Columns by data class; one of several classes counts for each. */
  readonly classes: Readonly<Record<string, number>>;
  /** Columns of classified relations that nobody decided on: they are masked. */
  readonly unmapped: {
    readonly count: number;
    /** `schema.relation.column`, the first of them. */
    readonly first: readonly string[];
  };
}

const UNMAPPED_LISTED_MAX = 200;
/** Characters of their names as JSON, in which one of a name can be six: an entry of the ledger has to hold them. */
const UNMAPPED_LENGTH_MAX = 16_000;
const OWN_SCHEMA = /^(?:pg_|information_schema$)/;

/** Counts what a catalog holds by what its classification says. */
export function describeInventory(catalog: Catalog, classification: Classification): Inventory {
  const classes: Record<string, number> = {};
  const first: string[] = [];
  let [relations, classifiedRelations, columns, unmapped, listedLength] = [0, 0, 0, 0, 0];
  for (const { oid, schema, name, columns: names } of catalog.listRelations()) {
    if (OWN_SCHEMA.test(schema) || names.length === 0) continue;
    relations += 1;
    columns += names.length;
    const classified = [...(classification.find(oid)?.columns.values() ?? [])];
    if (classified.length > 0) classifiedRelations += 1;
    for (const column of classified) {
      for (const className of column.classes) classes[className] = (classes[className] ?? 0) + 1;
      if (!column.classes.includes('unmapped')) continue;
      unmapped += 1;
      const text = `${schema}.${name}.${column.name}`;
      listedLength += JSON.stringify(text).length;
      if (first.length < UNMAPPED_LISTED_MAX && listedLength <= UNMAPPED_LENGTH_MAX)
        first.push(text);
    }
  }
  return { relations, classifiedRelations, columns, classes, unmapped: { count: unmapped, first } };
}
