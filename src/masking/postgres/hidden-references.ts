import type { CatalogForeignKey, CatalogRelation } from '../../sql/postgres/catalog.ts';
import { closureOf } from '../../sql/postgres/relation-closure.ts';
import type { MaskPlan } from '../mask-plan.ts';
import type { Meaning } from './query-levels.ts';
import { RewriteRefusal } from './rewrite-refusal.ts';
import type { StatementState } from './statement-state.ts';

/** Columns of a foreign key by which a relation refers to others unseen: masked, and not by what the other side shows for equal values. */
export function hiddenColumnsOf(
  plan: MaskPlan,
  { oid }: CatalogRelation,
  { columns, referencedRelation, referencedColumns }: CatalogForeignKey,
): readonly string[] {
  const masked = plan.find(oid)?.columns;
  const referred = plan.find(referencedRelation)?.columns;
  return columns.filter((column, index) => {
    const own = masked?.get(column);
    if (own === undefined) return false;
    const other = referred?.get(referencedColumns[index] ?? '');
    // Equal pseudonyms and tokens say the same.
    return own.keyed === undefined || own.keyed.id !== other?.keyed?.id;
  });
}

const referrersOf = new WeakMap<MaskPlan, ReadonlyMap<number, string>>();

/** By OID of a relation: a column that refers to it unseen. Found once for a plan. */
function listReferrers(plan: MaskPlan): ReadonlyMap<number, string> {
  const known = referrersOf.get(plan);
  if (known !== undefined) return known;
  const found = new Map<number, string>();
  for (const relation of plan.catalog.listRelations()) {
    for (const key of relation.foreignKeys) {
      const [column] = hiddenColumnsOf(plan, relation, key);
      if (column !== undefined)
        found.set(key.referencedRelation, `${relation.schema}.${relation.name}.${column}`);
    }
  }
  referrersOf.set(plan, found);
  return found;
}

/**
 * Refuses to read who locked a row last: to check a foreign key, the server locks the row that the new one refers to, and the new one's `xmin`
 * is the same.
 *
 * @throws {RewriteRefusal}
 */
export function checkLockers(statement: StatementState, meanings: readonly Meaning[]): void {
  const { plan } = statement.text;
  for (const { entry, known } of meanings) {
    if (known !== undefined) continue;
    // Where it is not certain which relation is meant, it may be any that the statement names.
    const locked =
      entry.relation === undefined
        ? statement.relations
        : closureOf(plan.catalog, entry.relation, true).relations;
    const referrers = listReferrers(plan);
    for (const { oid, schema, name } of locked) {
      const column = referrers.get(oid);
      if (column === undefined) continue;
      throw new RewriteRefusal(
        `xmax of ${schema}.${name} may tell which of its rows ${column} refers to, which is masked`,
        'Leave xmax out.',
      );
    }
  }
}
