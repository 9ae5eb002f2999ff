import type { Catalog, CatalogRelation } from '../sql/postgres/catalog.ts';
import { findOpaqueReason } from '../sql/postgres/opaque-functions.ts';
import type { ClassifiedColumn } from './classification.ts';
import { type DataMapDecisions, type Decision, EXACT_WEIGHT } from './classify-decisions.ts';
import { isSystemRelation } from './classify-entries.ts';
import type { Lineage, LineageColumn } from './classify-lineage.ts';
import { deriveColumn, mergeColumns, redactColumn } from './classify-merge.ts';

type Columns = ReadonlyMap<string, ClassifiedColumn>;

/** What views are classified by. */
export interface ViewClassifierParts {
  readonly catalog: Catalog;
  readonly decisions: DataMapDecisions;
  readonly tables: ReadonlyMap<number, Columns>;
  /** Undefined if it cannot be told with certainty. */
  readonly findLineage: (view: CatalogRelation) => readonly LineageColumn[] | undefined;
  /** `schema.name`, as the target's configuration vouches for them. */
  readonly functionsAllowed: ReadonlySet<string>;
}

/** Built-in functions that show statements of others or values of sequences, beside those that are opaque anyway. */
const SHOWING: ReadonlySet<string> = new Set([
  'nextval',
  'currval',
  'lastval',
  'pg_sequence_last_value',
  'pg_get_sequence_data',
  'pg_prepared_statement',
  'pg_cursor',
  'current_query',
]);

const NOTHING: Columns = new Map();

/** Classifies views and materialized views by what their columns are made of. */
export class ViewClassifier {
  readonly #parts: ViewClassifierParts;
  readonly #known = new Map<number, Columns>();
  readonly #running = new Set<number>();

  constructor(parts: ViewClassifierParts) {
    this.#parts = parts;
  }

  /** Classified columns of any relation, by name. */
  find(relation: CatalogRelation): Columns {
    const { kind, oid } = relation;
    if (kind !== 'v' && kind !== 'm') return this.#parts.tables.get(oid) ?? NOTHING;
    let columns = this.#known.get(oid);
    if (columns === undefined) {
      // A view of itself: PostgreSQL would refuse to run it.
      if (this.#running.has(oid)) return this.#hideAll(relation, 'its definition is circular');
      this.#running.add(oid);
      columns = this.#classify(relation);
      this.#running.delete(oid);
      this.#known.set(oid, columns);
    }
    return columns;
  }

  #classify(view: CatalogRelation): Columns {
    const decisions = this.#parts.decisions.decide(view);
    const lineage = this.#parts.findLineage(view);
    const hidden =
      lineage === undefined ? this.#hideAll(view, 'its definition is not understood') : undefined;
    const columns = new Map<string, ClassifiedColumn>();
    for (const [index, name] of view.columns.entries()) {
      const made = lineage?.[index]?.lineage;
      const inherited = made === undefined ? hidden?.get(name) : this.#inherit(view, name, made);
      const column = combine(decisions.get(name), inherited);
      if (column !== undefined) columns.set(name, column);
    }
    return columns;
  }

  #inherit(view: CatalogRelation, name: string, lineage: Lineage): ClassifiedColumn | undefined {
    const classified: ClassifiedColumn[] = [];
    const origins: string[] = [];
    for (const { relationOid, column } of lineage.sources.values()) {
      const relation = this.#parts.catalog.getRelation(relationOid);
      const found = relation && this.find(relation).get(column);
      if (relation === undefined || found === undefined) continue;
      classified.push(found);
      origins.push(`${relation.schema}.${relation.name}.${column}`);
    }
    if (this.#isOpaque(view, lineage)) {
      classified.push(
        redactColumn(name, ['derived'], 'it calls a function that may read anything'),
      );
      return deriveColumn(classified, name, 'computed by a function that may read anything');
    }
    const [origin, ...others] = origins;
    if (origin === undefined) return undefined;
    const from = others.length === 0 ? origin : `${origin} and ${others.length} more`;
    return lineage.isPlain && classified.length === lineage.sources.size
      ? mergeColumns(classified, name, `is ${from}`)
      : deriveColumn(classified, name, `computed from ${from}`);
  }

  /** Whether something is called that does more than compute from what it is given. */
  #isOpaque(view: CatalogRelation, { builtIns, functions }: Lineage): boolean {
    // What leaks through PostgreSQL's own views is listed.
    if (isSystemRelation(view)) return false;
    const { catalog, functionsAllowed } = this.#parts;
    for (const name of functions) {
      if (!name.startsWith('information_schema.') && !functionsAllowed.has(name)) return true;
    }
    for (const name of builtIns) {
      if (functionsAllowed.has(`pg_catalog.${name}`)) continue;
      if (SHOWING.has(name) || findOpaqueReason(name) !== undefined) return true;
      if (!catalog.isBuiltInFunction(name)) return true;
      if (catalog.userFunctionSchemas(name).includes('pg_catalog')) return true;
    }
    return false;
  }

  /** Every column may hold whatever the view depends on. */
  #hideAll(view: CatalogRelation, because: string): Columns {
    this.#running.add(view.oid);
    const classes = new Set(['derived']);
    for (const oid of view.dependsOn) {
      const relation = this.#parts.catalog.getRelation(oid);
      if (relation === undefined || this.#running.has(oid)) continue;
      for (const column of this.find(relation).values()) {
        for (const name of column.classes) classes.add(name);
      }
    }
    const names = [...classes].toSorted();
    return new Map(view.columns.map((name) => [name, redactColumn(name, names, because)]));
  }
}

/**
 * What a column is by the data map and by its lineage. An entry that names this very column decides; one with wildcards was not
 * written about it, and a view can give any name to any column.
 */
function combine(
  decision: Decision | undefined,
  inherited: ClassifiedColumn | undefined,
): ClassifiedColumn | undefined {
  if (decision === undefined) return inherited;
  if (decision.weight === EXACT_WEIGHT || inherited === undefined) return decision.column;
  if (decision.column === undefined) return inherited;
  return mergeColumns([inherited, decision.column], inherited.name, inherited.because);
}
