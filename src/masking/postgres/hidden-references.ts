import type { CatalogForeignKey, CatalogRelation } from '../../sql/postgres/catalog.ts';
import { closureOf } from '../../sql/postgres/relation-closure.ts';
import type { Node } from '../../sql/postgres/tree.ts';
import type { MaskPlan } from '../mask-plan.ts';
import type { Entry, Meaning, QueryLevel } from './query-levels.ts';
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
    const referrers = listReferrers(plan);
    for (const { oid, schema, name } of beneath(statement, entry)) {
      const column = referrers.get(oid);
      if (column === undefined) continue;
      throw new RewriteRefusal(
        `xmax of ${schema}.${name} may tell which of its rows ${column} refers to, which is masked`,
        'Leave xmax out.',
      );
    }
  }
}

/**
 * Refuses to lock the rows of a view that joins tables by hidden values: the server locks those of each table, which tells which of them hold
 * the same.
 *
 * @throws {RewriteRefusal}
 */
export function checkLocking(
  statement: StatementState,
  clauses: readonly Node[],
  { entries }: QueryLevel,
): void {
  const { plan } = statement.text;
  const all = entries.flatMap((entry) => [entry, ...entry.members]);
  const named = clauses.flatMap((node) =>
    'LockingClause' in node ? [node.LockingClause.lockedRels] : [],
  );
  const isLocked = ({ alias }: Entry): boolean =>
    named.some(
      (names) =>
        names === undefined ||
        names.some((node) => 'RangeVar' in node && node.RangeVar.relname === alias),
    );
  const locked = new Set(
    all.filter(isLocked).flatMap((entry) => [...beneath(statement, entry)].map(({ oid }) => oid)),
  );
  const told = findHiddenJoin(plan, locked);
  if (told === undefined) return;
  throw new RewriteRefusal(
    `it locks rows of the view ${told}, which joins tables by a masked column: which of their rows are locked would tell about that`,
    'Leave the view out of FOR UPDATE or FOR SHARE, or lock rows of the tables themselves.',
  );
}

/**
 * Refuses to count what a view needs that joins tables by hidden values: the server looks up but once what stands beside equal ones (Memoize).
 *
 * @throws {RewriteRefusal}
 */
export function checkCounted({ relations, text: { plan } }: StatementState): void {
  const told = findHiddenJoin(plan, new Set([...relations].map(({ oid }) => oid)));
  if (told === undefined) return;
  throw new RewriteRefusal(
    `EXPLAIN ANALYZE would count what the view ${told} looks up, which joins tables by a masked column: that tells which of their rows hold the same`,
    'Use EXPLAIN without ANALYZE.',
  );
}

/** Settings that say how transactions are isolated. */
const ISOLATION: ReadonlySet<string> = new Set([
  'transaction_isolation',
  'default_transaction_isolation',
]);

/**
 * Refuses to make transactions serializable where a view joins tables by hidden values: the server tells which rows such a one read by the
 * conflicts with those that write them.
 *
 * @param value Undefined for a default, or what is no constant.
 * @throws {RewriteRefusal}
 */
export function checkIsolation(
  { text: { plan } }: Pick<StatementState, 'text'>,
  name: string,
  value: string | undefined,
): void {
  if (!ISOLATION.has(name.toLowerCase()) || value === undefined) return;
  if (!/^\s*(?:serializable|\?)\s*$/iu.test(value)) return;
  const told = findHiddenJoin(plan, undefined);
  if (told === undefined) return;
  throw new RewriteRefusal(
    `in a serializable transaction, conflicts would tell which rows the view ${told} reads, which joins tables by a masked column`,
    'Use REPEATABLE READ.',
  );
}

/**
 * The same where the session began with it: then no such view may be read.
 *
 * @throws {RewriteRefusal}
 */
export function checkSerialized({ relations, text: { plan } }: StatementState): void {
  const told = findHiddenJoin(plan, new Set([...relations].map(({ oid }) => oid)));
  if (told === undefined) return;
  throw new RewriteRefusal(
    `in a serializable transaction, conflicts would tell which rows the view ${told} reads, which joins tables by a masked column`,
    'Connect without default_transaction_isolation.',
  );
}

/** The name of a view among these, or among all, that puts masked columns of several rows beside each other. */
function findHiddenJoin(plan: MaskPlan, oids: ReadonlySet<number> | undefined): string | undefined {
  const told = plan.comparisons?.find(
    ({ view, columns, isAcross, isOfRows, isOfOutput }) =>
      isAcross &&
      isOfRows !== true &&
      isOfOutput !== true &&
      oids?.has(view.oid) !== false &&
      columns.some(({ relationOid, column }) => plan.find(relationOid)?.columns.has(column)),
  );
  return told && `${told.view.schema}.${told.view.name}`;
}

/** The relation of an entry, and those beneath it; where it is not certain which it is, all that the statement names. */
function beneath(
  { relations, text: { plan } }: StatementState,
  { relation }: Entry,
): Iterable<CatalogRelation> {
  return relation === undefined ? relations : closureOf(plan.catalog, relation, true).relations;
}
