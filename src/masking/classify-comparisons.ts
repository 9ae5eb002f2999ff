import type { Catalog, CatalogRelation } from '../sql/postgres/catalog.ts';
import type { Condition } from './classify-conditions.ts';
import { isSystemRelation } from './classify-entries.ts';
import type { ColumnSource, LineageColumn } from './classify-lineage.ts';
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
  for (const view of views) {
    if (isSystemRelation(view)) continue;
    for (const { lineage, isAcross, isOfRows, ...condition } of parts.findConditions(view)) {
      const columns = [...lineage.sources.values()].flatMap((source) => beneath(source, parts));
      const hasSettings = lineage.builtIns.has('current_setting');
      const keys = new Set(columns.map(keyOf));
      const isAlone = !isAcross && keys.size < 2;
      const isRepeated = condition.isRepeated || keys.size < columns.length;
      if ((isAlone && !hasSettings) || !columns.some(parts.isClassified)) continue;
      const comparison = {
        view,
        columns,
        isAcross,
        isRepeated,
        hasSettings,
        ...(isOfRows && { isOfRows }),
      };
      comparisons.set(
        JSON.stringify([view.oid, [...keys], isAcross, isRepeated, hasSettings, isOfRows]),
        comparison,
      );
    }
  }
  return [...comparisons.values()];
}

function keyOf({ relationOid, column }: ColumnSource): string {
  return `${relationOid} ${column}`;
}

/** The columns of tables that a column is made of; itself where that is not known. */
function beneath(
  source: ColumnSource,
  parts: Pick<ComparisonParts, 'catalog' | 'findLineage'>,
  seen: ReadonlySet<string> = new Set(),
): readonly ColumnSource[] {
  const key = keyOf(source);
  const relation = parts.catalog.getRelation(source.relationOid);
  if (relation === undefined || seen.has(key)) return [source];
  const index = relation.columns.indexOf(source.column);
  const lineage = isView(relation) ? parts.findLineage(relation)?.[index]?.lineage : undefined;
  if (lineage === undefined) return [source];
  const inner = new Set([...seen, key]);
  return [...lineage.sources.values()].flatMap((one) => beneath(one, parts, inner));
}

function isView({ kind }: CatalogRelation): boolean {
  return kind === 'v' || kind === 'm';
}
