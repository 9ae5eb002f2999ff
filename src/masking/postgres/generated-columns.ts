import type { CatalogRelation } from '../../sql/postgres/catalog.ts';

/** Columns that a write assigns to, and the generated columns that are computed from some of them and from what `isCounted` accepts. */
export function withGenerated(
  family: readonly CatalogRelation[],
  assigned: readonly string[],
  isCounted: (sources: readonly string[]) => boolean = () => true,
): ReadonlySet<string> {
  const columns = new Set(assigned);
  const all = new Set(assigned);
  for (const { name, generatedFrom = [] } of family.flatMap(({ attributes }) => attributes)) {
    if (generatedFrom.some((source) => columns.has(source)) && isCounted(generatedFrom))
      all.add(name);
  }
  return all;
}
