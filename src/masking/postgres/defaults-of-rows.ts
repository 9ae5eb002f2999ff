import type { CatalogRelation } from '../../sql/postgres/catalog.ts';
import type { MaskPlan } from '../mask-plan.ts';
import { RewriteRefusal } from './rewrite-refusal.ts';

/** Columns that are hidden and have a default of which nobody is shown the value, or are generated from such a one. */
export function hiddenDefaultsOf(
  plan: MaskPlan,
  relations: readonly CatalogRelation[],
): ReadonlySet<string> {
  return new Set(relations.flatMap((relation) => findHiddenDefaults(plan, relation)));
}

function findHiddenDefaults(
  plan: MaskPlan,
  { oid, attributes }: CatalogRelation,
): readonly string[] {
  const masked = plan.find(oid)?.columns;
  const hidden = attributes.filter(
    ({ name, hasDefaultValue }) => hasDefaultValue === true && masked?.has(name) === true,
  );
  if (hidden.length === 0) return [];
  const sources = new Set(hidden.map(({ name }) => name));
  return attributes
    .filter(({ name, generatedFrom = [name] }) => generatedFrom.some((one) => sources.has(one)))
    .map(({ name }) => name);
}

/**
 * Refuses a new row that is compared with those that are there by the default of a hidden column: the outcome would tell about theirs.
 *
 * @throws {RewriteRefusal}
 */
export function checkDefaults(
  plan: MaskPlan,
  { oid, schema, name, comparedDefaults }: CatalogRelation,
): void {
  const masked = plan.find(oid)?.columns;
  const hidden = comparedDefaults.find((column) => masked?.has(column));
  if (hidden === undefined) return;
  throw new RewriteRefusal(
    `a unique index or a constraint would compare the new row with others of ${schema}.${name} by ${hidden}, which is masked: the outcome would tell about those`,
    'Ask for the right to see it.',
  );
}

/** What a statement gives a new row. */
interface NewRow {
  /** Columns of the relation for which it may choose values. */
  readonly chosen: readonly string[];
  /** Columns of the target of which no default decides. */
  readonly whole: ReadonlySet<string>;
  /** What the statement writes to: the relation, or one above it. */
  readonly target: CatalogRelation;
}

/**
 * Refuses a new row in which what the statement chose is put beside the default of a hidden column: the outcome would tell about that.
 *
 * @throws {RewriteRefusal}
 */
export function checkTested(
  plan: MaskPlan,
  relation: CatalogRelation,
  { chosen, whole, target }: NewRow,
): void {
  const { schema, name, checks } = relation;
  // A view may show what is not hidden by another name, and what is hidden is not written by way of it.
  const isBehind = target.kind === 'v' && target !== relation;
  const isTold = (column: string): boolean =>
    checks.some(
      (tested) =>
        tested.includes(column) && tested.some((one) => one !== column && chosen.includes(one)),
    );
  const told = findHiddenDefaults(plan, relation).find(
    (column) => (isBehind || !whole.has(column)) && isTold(column),
  );
  if (told === undefined) return;
  throw new RewriteRefusal(
    `a constraint, an index, statistics or a generated column of ${schema}.${name} puts what it writes beside the default of ${told}, which is masked: the outcome would tell about that`,
    `Write a value for ${told}, too${isBehind ? `, and to ${schema}.${name} itself` : ''}, or ask for the right to see it.`,
  );
}
