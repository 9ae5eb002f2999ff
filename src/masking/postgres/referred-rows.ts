import type { Catalog, CatalogForeignKey, CatalogRelation } from '../../sql/postgres/catalog.ts';
import { closureOf } from '../../sql/postgres/relation-closure.ts';
import { hiddenColumnsOf } from './hidden-references.ts';
import type { FoundRelation } from './relation-lookup.ts';
import { RewriteRefusal } from './rewrite-refusal.ts';
import type { StatementState } from './statement-state.ts';

/**
 * Refuses to delete what others refer to by a hidden value: which of them go along, or stand in the way, are those that hold the same. Equal
 * pseudonyms and tokens say so anyway.
 *
 * @returns All relations of which rows may go.
 * @throws {RewriteRefusal}
 */
export function checkDeleted(
  statement: StatementState,
  { relation }: FoundRelation,
): ReadonlySet<CatalogRelation> {
  if (relation === undefined) return new Set();
  const { catalog } = statement.text.plan;
  const deleted = new Set(closureOf(catalog, relation, true).relations);
  // What is added while it goes on is visited, too.
  for (const one of deleted) {
    checkReferred(statement, [one], { deed: 'deletes', isChanged: () => true });
    for (const { relation: follower, key } of followersOf(catalog, [one])) {
      if (key.onDelete !== 'cascade') continue;
      for (const each of closureOf(catalog, follower, true).relations) deleted.add(each);
    }
  }
  return deleted;
}

/**
 * The same for whatever else is done to such rows.
 *
 * @throws {RewriteRefusal}
 */
export function checkReferred(
  { text: { plan } }: { readonly text: Pick<StatementState['text'], 'plan'> },
  family: readonly CatalogRelation[],
  { deed, isChanged }: { readonly deed: string; readonly isChanged: (column: string) => boolean },
): void {
  const oids = new Set(family.map(({ oid }) => oid));
  for (const relation of plan.catalog.listRelations()) {
    const { schema, name, foreignKeys } = relation;
    const hidden = foreignKeys
      .filter(({ referencedRelation }) => oids.has(referencedRelation))
      .filter(({ referencedColumns }) => referencedColumns.some(isChanged))
      .flatMap((key) => hiddenColumnsOf(plan, relation, key))[0];
    if (hidden === undefined) continue;
    throw new RewriteRefusal(
      `it ${deed} what ${schema}.${name}.${hidden} refers to, which is masked: the outcome would tell which rows hold the same`,
      'Ask for the right to see it.',
    );
  }
}

/** Relations whose foreign keys refer to the family, and those keys. */
export function followersOf(
  catalog: Catalog,
  family: readonly CatalogRelation[],
): readonly { readonly relation: CatalogRelation; readonly key: CatalogForeignKey }[] {
  const oids = new Set(family.map(({ oid }) => oid));
  return [...catalog.listRelations()].flatMap((relation) =>
    relation.foreignKeys
      .filter((key) => oids.has(key.referencedRelation))
      .map((key) => ({ relation, key })),
  );
}
