import type { Catalog, CatalogRelation } from '../sql/postgres/catalog.ts';
import type { Condition } from './classify-conditions.ts';
import { isSystemRelation } from './classify-entries.ts';
import type { ColumnSource, Lineage, LineageColumn } from './classify-lineage.ts';
import type { ViewComparison } from './mask-plan.ts';

/** What comparisons are found by. */
export interface ComparisonParts {
  readonly catalog: Catalog;
  /** Undefined for what is not a view, or is not understood. */
  readonly findLineage: (view: CatalogRelation) => readonly LineageColumn[] | undefined;
  readonly findConditions: (view: CatalogRelation) => readonly Condition[];
  readonly isClassified: (source: ColumnSource) => boolean;
}

/** Conditions of views that put a classified column beside something that others may choose. */
export function findComparisons(
  views: Iterable<CatalogRelation>,
  parts: ComparisonParts,
): readonly ViewComparison[] {
  const comparisons = new Map<string, ViewComparison>();
  const basesOf = createBaseFinder(parts);
  for (const view of views) {
    if (isSystemRelation(view)) continue;
    for (const { lineage, isOfRows, isOfOutput, ...condition } of parts.findConditions(view)) {
      const bases = basesOf(lineage);
      const columns = [...bases.values()].map(({ source }) => source);
      const hasSettings = lineage.builtIns.has('current_setting');
      const isAcross = condition.isAcross || isOfSeveralRows(lineage, parts);
      const isRepeated = condition.isRepeated || [...bases.values()].some((one) => one.isRepeated);
      if (!isAcross && columns.length < 2 && !hasSettings) continue;
      if (!columns.some(parts.isClassified)) continue;
      const comparison = {
        view,
        columns,
        isAcross,
        isRepeated,
        hasSettings,
        ...(isOfRows && { isOfRows }),
        ...(isOfOutput && { isOfOutput }),
      };
      comparisons.set(
        JSON.stringify({ ...comparison, view: view.oid, columns: [...bases.keys()] }),
        comparison,
      );
    }
  }
  return [...comparisons.values()];
}

function keyOf({ relationOid, column }: ColumnSource): string {
  return `${relationOid} ${column}`;
}

/** A column of a table that something is made of. */
interface Base {
  readonly source: ColumnSource;
  /** By way of several columns of views. */
  readonly isRepeated: boolean;
}

/** Finds the columns of tables that something is made of; those of a view where that is not known. Looks at each column of a view once. */
function createBaseFinder(parts: ComparisonParts): (lineage: Lineage) => ReadonlyMap<string, Base> {
  const known = new Map<string, ReadonlyMap<string, Base>>();
  const findBases = (source: ColumnSource): ReadonlyMap<string, Base> => {
    const key = keyOf(source);
    const bases = known.get(key);
    if (bases !== undefined) return bases;
    // What a view that reads itself, if there were any, is made of.
    known.set(key, new Map([[key, { source, isRepeated: false }]]));
    const lineage = lineageOf(source, parts);
    const found = lineage && joinBases(lineage);
    if (found !== undefined) known.set(key, found);
    return known.get(key) ?? new Map();
  };
  const joinBases = ({ sources }: Lineage): ReadonlyMap<string, Base> => {
    const joined = new Map<string, Base>();
    for (const [key, base] of [...sources.values()].flatMap((one) => [...findBases(one)]))
      joined.set(key, joined.has(key) ? { ...base, isRepeated: true } : base);
    return joined;
  };
  return joinBases;
}

/** Whether what stands in one row of a view may come of several rows of tables that it joins. */
function isOfSeveralRows({ sources }: Lineage, parts: ComparisonParts): boolean {
  const rowsOfViews = new Map<number, Set<number>>();
  const seen = new Set<string>();
  const waiting = [...sources.values()];
  for (let source = waiting.pop(); source !== undefined; source = waiting.pop()) {
    const lineage = lineageOf(source, parts);
    if (lineage === undefined || seen.has(keyOf(source))) continue;
    seen.add(keyOf(source));
    const rows = rowsOfViews.get(source.relationOid) ?? new Set();
    rowsOfViews.set(source.relationOid, rows);
    for (const row of lineage.rows) rows.add(row);
    if (rows.size > 1) return true;
    waiting.push(...lineage.sources.values());
  }
  return false;
}

/** What a column of a view is made of; undefined for one of a table, and where it is not known. */
function lineageOf(
  { relationOid, column }: ColumnSource,
  { catalog, findLineage }: ComparisonParts,
): Lineage | undefined {
  const relation = catalog.getRelation(relationOid);
  if (relation === undefined || !isView(relation)) return undefined;
  return findLineage(relation)?.[relation.columns.indexOf(column)]?.lineage;
}

function isView({ kind }: CatalogRelation): boolean {
  return kind === 'v' || kind === 'm';
}
