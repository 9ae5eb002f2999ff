import type { CatalogRelation } from '../../sql/postgres/catalog.ts';
import { closureOf } from '../../sql/postgres/relation-closure.ts';
import type { RangeVar } from '../../sql/postgres/tree.ts';
import type { MaskedRelation } from '../mask-plan.ts';
import { RewriteRefusal } from './rewrite-refusal.ts';
import type { StatementState } from './statement-state.ts';

/** By this state, tools that keep a table of their own tell that they have yet to create it. */
const UNDEFINED_TABLE = '42P01';

/** What a relation's name stands for. */
export interface FoundRelation {
  /** Undefined where it may be one of several, none of them with masked columns. */
  readonly relation: CatalogRelation | undefined;
  readonly masked: MaskedRelation | undefined;
}

/**
 * Finds the relation that a name means, as the server would.
 *
 * @throws {RewriteRefusal} If it may be one with masked columns and may also be another, or if nothing is known of it.
 */
export function findRelation(
  statement: StatementState,
  { schemaname, relname = '' }: RangeVar,
): FoundRelation {
  const { names, plan } = statement.text;
  const {
    names: candidates,
    known,
    isAmbiguous,
    isUnresolved,
  } = names.relation(schemaname, relname);
  if (isUnresolved) {
    throw new RewriteRefusal(
      `the relation ${relname} is not known`,
      'Check its name and schema. One that was created a moment ago is known once the catalog has been read again.',
      UNDEFINED_TABLE,
    );
  }
  const masked = known.flatMap(({ oid }) => plan.find(oid) ?? []);
  const [first] = masked;
  if (first !== undefined && candidates.length > 1) {
    throw new RewriteRefusal(
      `the name ${relname} may mean ${first.relation.schema}.${first.relation.name} or something else`,
      `Qualify it with its schema: ${first.relation.schema}.${first.relation.name}.`,
    );
  }
  // A masked one is read by its schema and name.
  if (first === undefined) checkBehind(statement, schemaname, relname);
  if (isAmbiguous || candidates.length > known.length) statement.hasUnknownTypes = true;
  for (const relation of known) {
    checkBeneath(statement, relation);
    noteBeneath(statement, relation);
  }
  // What the session may have changed has other columns than the catalog says.
  const isCertain = candidates.length === 1 && (!isAmbiguous || first !== undefined);
  return { relation: isCertain ? known[0] : undefined, masked: first };
}

/**
 * Refuses a name behind which, further along the search path, stands a relation that hides something. Another session may take away what
 * stands before it, or a DROP of something else takes it along, before the server looks the name up.
 *
 * @throws {RewriteRefusal}
 */
export function checkBehind(
  { text: { names, plan } }: StatementState,
  schema: string | undefined,
  relname: string,
): void {
  if (schema !== undefined) return;
  const hidden = names.behind(relname).find((relation) => {
    // Views of PostgreSQL's own show statements, statistics and settings.
    if (relation.schema === 'pg_catalog') return true;
    const { relations } = closureOf(plan.catalog, relation, true);
    return relations.some(
      ({ oid, functions }) =>
        plan.find(oid) !== undefined || functions.some((name) => !names.isAllowed(name)),
    );
  });
  if (hidden === undefined) return;
  const [meant = relname] = names.relation(undefined, relname).names;
  throw new RewriteRefusal(
    `the name ${relname} may come to mean ${hidden.schema}.${hidden.name}, which stands behind ${meant} on the search path`,
    `Qualify it with its schema: ${meant}.`,
  );
}

/** Notes what a relation reads. What a view hides, or only a child has, errors may still quote. */
export function noteBeneath(statement: StatementState, relation: CatalogRelation): void {
  const { plan } = statement.text;
  for (const beneath of closureOf(plan.catalog, relation, true).relations) {
    const { oid, hasHiddenCode } = beneath;
    statement.relations.add(beneath);
    if (plan.find(oid) !== undefined) statement.touchesClassified = true;
    if (hasHiddenCode) statement.mayRunHiddenCode = true;
  }
}

/** What lies beneath a relation must be masked in it too, and may not run code that nobody vouches for. */
function checkBeneath(statement: StatementState, relation: CatalogRelation): void {
  const { names, plan } = statement.text;
  const { catalog } = plan;
  for (const oid of relation.children) {
    const child = catalog.getRelation(oid);
    const masked = plan.find(oid);
    if (child === undefined || masked === undefined) continue;
    const own = plan.find(relation.oid);
    for (const column of masked.columns.keys()) {
      if (!relation.columns.includes(column) || own?.columns.has(column) === true) continue;
      throw new RewriteRefusal(
        `${relation.schema}.${relation.name} shows the column ${column} of ${child.schema}.${child.name}, which is masked there`,
        `Have ${relation.schema}.${relation.name}.${column} added to the target's data map.`,
      );
    }
  }
  for (const beneath of closureOf(catalog, relation, true).relations) {
    checkSettings(statement, beneath);
    for (const name of beneath.functions) {
      if (names.isAllowed(name)) continue;
      throw new RewriteRefusal(
        `the view ${beneath.schema}.${beneath.name} calls ${name}, which may read data that is masked`,
        `Have "${name}" added to functionsAllowed in the target's configuration if it shows no one what they may not see.`,
      );
    }
  }
}

/** A view that compares what it hides with a setting answers whatever guess a session sets. */
function checkSettings({ text: { names, plan } }: StatementState, view: CatalogRelation): void {
  const told = plan.comparisons?.some(
    (comparison) =>
      comparison.hasSettings &&
      comparison.view.oid === view.oid &&
      comparison.columns.some(
        ({ relationOid, column }) => plan.find(relationOid)?.columns.has(column) === true,
      ),
  );
  if (told !== true || names.isAllowed('pg_catalog.current_setting')) return;
  throw new RewriteRefusal(
    `the view ${view.schema}.${view.name} compares a masked column with a setting, which each session chooses for itself`,
    `Have "pg_catalog.current_setting" added to functionsAllowed in the target's configuration if it shows no one what they may not see.`,
  );
}
