import type { Catalog, CatalogRelation } from './catalog.ts';
import { qualifiedName } from './name-resolver.ts';

/** What using a relation reaches. */
export interface Closure {
  /** Its own name first. */
  readonly names: readonly string[];
  readonly relations: readonly CatalogRelation[];
}

/**
 * All relations that reading or changing `relation` touches: what its rules (a view's query) use, its ancestors, and its
 * descendants unless it was named with ONLY. Ancestors count because a rule on a partitioned table is meant for its partitions.
 */
export function closureOf(
  catalog: Catalog,
  relation: CatalogRelation,
  withDescendants: boolean,
): Closure {
  const seen = new Set<number>();
  const relations: CatalogRelation[] = [];
  const visit = (current: CatalogRelation | undefined, descend: boolean): void => {
    if (current === undefined || seen.has(current.oid)) return;
    seen.add(current.oid);
    relations.push(current);
    // A view's own FROM clause says nothing here about ONLY.
    for (const oid of current.dependsOn) visit(catalog.getRelation(oid), true);
    if (descend) for (const oid of current.children) visit(catalog.getRelation(oid), true);
  };
  const visitAncestors = (current: CatalogRelation): void => {
    for (const oid of current.parents) {
      const parent = catalog.getRelation(oid);
      if (parent === undefined || seen.has(oid)) continue;
      seen.add(oid);
      relations.push(parent);
      visitAncestors(parent);
    }
  };
  visit(relation, withDescendants);
  for (const current of [...relations]) visitAncestors(current);
  return { names: relations.map(qualifiedName), relations };
}
