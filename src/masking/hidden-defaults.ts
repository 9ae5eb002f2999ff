import type { Catalog, CatalogRelation } from '../sql/postgres/catalog.ts';
import type { MaskedColumn, MaskedRelation } from './mask-plan.ts';
import { call, siblingReference, textLiteral } from './postgres/masks/sql-text.ts';

/** Columns that are told apart by name; where more are hidden, no default is shown. */
const TOLD_APART_MAX = 500;

/** A masked column whose default is a value, or which rows from before it was added have a value of. */
export interface HiddenDefault {
  readonly relation: CatalogRelation;
  readonly name: string;
  readonly number: number;
  readonly classes: readonly string[];
}

/** Collects the masked columns whose default is a value. */
export function findHiddenDefaults(
  catalog: Catalog,
  find: (relationOid: number) => MaskedRelation | undefined,
): readonly HiddenDefault[] {
  const hidden: HiddenDefault[] = [];
  for (const relation of catalog.listRelations()) {
    if (!relation.attributes.some(({ hasDefaultValue }) => hasDefaultValue === true)) continue;
    const masked = find(relation.oid);
    if (masked === undefined) continue;
    for (const { name, number, hasDefaultValue } of relation.attributes) {
      const column = masked.columns.get(name);
      if (hasDefaultValue !== true || column === undefined) continue;
      hidden.push({ relation, name, number, classes: column.classes });
    }
  }
  return hidden;
}

/**
 * How PostgreSQL's own relations show defaults of other columns only. A hidden row of `pg_attrdef` belongs to no relation, so that for
 * programs like pg_dump the column has no default.
 */
export function maskDefaults(
  relation: CatalogRelation,
  findHidden: () => readonly HiddenDefault[],
): MaskedRelation | undefined {
  const shows = SHOWING[`${relation.schema}.${relation.name}`];
  if (shows === undefined) return undefined;
  const hidden = findHidden();
  if (hidden.length === 0) return undefined;
  const classes = [...new Set(hidden.flatMap((column) => column.classes))];
  const isAll = hidden.length > TOLD_APART_MAX;
  const columns = Object.entries(shows.columns).map(([name, nothing]): MaskedColumn => {
    const expression = (reference: string): string => {
      if (shows.isHidden === undefined || isAll) return nothing;
      const condition = shows.isHidden(hidden, (column) => siblingReference(reference, column));
      return `(CASE WHEN ${condition} THEN ${nothing} ELSE ${reference} END)`;
    };
    return {
      ...{ name, classes, expression, keylessExpression: expression, inspect: undefined },
      because: 'shows defaults of masked columns',
    };
  });
  return { relation, columns: new Map(columns.map((column) => [column.name, column])) };
}

interface ShowingRelation {
  /** What stands in the place of each of its columns. */
  readonly columns: Readonly<Record<string, string>>;
  /** Default: every row is. */
  readonly isHidden?: (
    hidden: readonly HiddenDefault[],
    sibling: (column: string) => string,
  ) => string;
}

const SHOWING: Readonly<Record<string, ShowingRelation>> = {
  'pg_catalog.pg_attrdef': {
    columns: { adrelid: 'NULL::pg_catalog.oid', adbin: 'NULL::pg_catalog.pg_node_tree' },
    isHidden: (hidden, sibling) =>
      isOneOf(
        [sibling('adrelid'), sibling('adnum')],
        hidden.map(({ relation, number }) => [`${relation.oid}`, `${number}`]),
      ),
  },
  'pg_catalog.pg_attribute': { columns: { attmissingval: 'NULL::pg_catalog.anyarray' } },
  'information_schema.columns': {
    columns: { column_default: 'NULL::pg_catalog.varchar' },
    isHidden: (hidden, sibling) =>
      isOneOf(
        ['table_schema', 'table_name', 'column_name'].map(sibling),
        hidden.map(({ relation, name }) => [relation.schema, relation.name, name]),
      ),
  },
};

/** Whether the values are those of one of the rows, written as one text each: without a subquery, in any search path. */
function isOneOf(values: readonly string[], rows: readonly (readonly string[])[]): string {
  const texts = rows.map((row) => textLiteral(row.join(SEPARATOR)));
  const shown = call('concat_ws', textLiteral(SEPARATOR), ...values);
  return `${shown} OPERATOR(pg_catalog.=) ANY (ARRAY[${texts.join(', ')}])`;
}

/** Rarely stands in a name; where it does, a default too many may be hidden. */
const SEPARATOR = '/';
