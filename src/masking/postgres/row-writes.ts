import type { CatalogRelation } from '../../sql/postgres/catalog.ts';
import { closureOf } from '../../sql/postgres/relation-closure.ts';
import type {
  DeleteStmt,
  InsertStmt,
  MergeStmt,
  Node,
  OnConflictClause,
  RangeVar,
  ReturningClause,
  UpdateStmt,
} from '../../sql/postgres/tree.ts';
import { stringsOf } from '../../sql/postgres/tree.ts';
import { assignedByInsert, assignedBySet, givenByInsert } from './assigned-columns.ts';
import { type Columns, columnsOf, renamed, takeFrom } from './from-items.ts';
import { type Entry, newLevel, PLAIN_ENTRY, type QueryLevel } from './query-levels.ts';
import type { QueryRewriter, Surroundings } from './query-rewriter.ts';
import { type FoundRelation, findRelation } from './relation-lookup.ts';
import { rewriteReturning } from './returning.ts';
import { RewriteRefusal } from './rewrite-refusal.ts';
import { refuseSettings } from './safe-settings.ts';
import { sameTree } from './same-tree.ts';
import { fieldsOf, inCondition } from './statement-state.ts';
import { checkArbiter, checkDeletion, checkSources, checkWritten } from './written-columns.ts';

/**
 * Rewrites INSERT, UPDATE, DELETE or MERGE: the relation that is written stays, all that is read is masked. Returns the columns of
 * RETURNING.
 *
 * @throws {RewriteRefusal}
 */
export function rewriteWrite(
  rewriter: QueryRewriter,
  node: Node,
  surroundings: Surroundings,
): Columns {
  if ('InsertStmt' in node) return rewriteInsert(rewriter, node.InsertStmt, surroundings);
  if ('UpdateStmt' in node) return rewriteUpdate(rewriter, node.UpdateStmt, surroundings);
  if ('DeleteStmt' in node) return rewriteDelete(rewriter, node.DeleteStmt, surroundings);
  if ('MergeStmt' in node) return rewriteMerge(rewriter, node.MergeStmt, surroundings);
  throw new RewriteRefusal('a statement stands where a query should be');
}

/** The relation that a statement writes, never a CTE whatever its name. */
interface Target {
  readonly found: FoundRelation;
  /** As all but RETURNING see it. */
  readonly entry: Entry;
  /** Itself, or what lies beneath: a rule of it may say what RETURNING shows. */
  readonly ruled: CatalogRelation | undefined;
}

function takeTarget({ statement }: QueryRewriter, range: RangeVar | undefined): Target {
  if (range === undefined) throw new RewriteRefusal('a write names no relation');
  const found = findRelation(statement, range);
  statement.mayRunHiddenCode = true;
  const { names } = statement.text;
  const beneath = names
    .relation(range.schemaname, range.relname ?? '')
    .known.flatMap((known) => closureOf(names.catalog, known, true).relations);
  refuseSettings(beneath);
  if (found.masked !== undefined) statement.touchesClassified = true;
  const target =
    found.masked === undefined
      ? undefined
      : { relation: found.masked, isMasked: false, isKeyless: statement.isKeyless };
  const entry: Entry = {
    ...PLAIN_ENTRY,
    alias: range.alias?.aliasname ?? range.relname,
    schema: range.alias === undefined ? (range.schemaname ?? found.relation?.schema) : undefined,
    isUnaliasedRelation: range.alias === undefined,
    columns: renamed(columnsOf(found), stringsOf(range.alias?.colnames)),
    relation: found.relation,
    target,
  };
  return { found, entry, ruled: beneath.find(({ returnsByRule }) => returnsByRule === true) };
}

function rewriteInsert(
  rewriter: QueryRewriter,
  insert: InsertStmt,
  surroundings: Surroundings,
): Columns {
  const { statement } = rewriter;
  const ctes = rewriter.rewriteWith(insert.withClause, surroundings);
  const target = takeTarget(rewriter, insert.relation);
  const inner: Surroundings = { parent: surroundings.parent, ctes, isOutermost: false };
  const source =
    insert.selectStmt === undefined ? [] : rewriter.rewriteQuery(insert.selectStmt, inner);
  const rows = rowsOf(insert.selectStmt);
  checkWritten(statement, target.found, assignedByInsert(insert.cols, rows, source?.length));
  if (insert.onConflictClause !== undefined) {
    const all = target.found.relation?.columns ?? [];
    const chosen = givenByInsert(insert, rows, { all, count: source?.length });
    const given = isReplaced(statement, target.found) ? new Set<string>() : chosen;
    rewriteConflict(rewriter, insert.onConflictClause, { ...target, chosen, given }, inner);
  }
  checkSources(statement, target.found);
  const level = newLevel(inner.parent, ctes);
  return takeReturning(rewriter, insert.returningClause, { level, target, others: [] });
}

/** Whether `excluded` may have values that a trigger gave the row, which may read whatever it likes. */
function isReplaced(
  { text: { plan } }: QueryRewriter['statement'],
  { relation }: FoundRelation,
): boolean {
  if (relation === undefined) return false;
  const { relations } = closureOf(plan.catalog, relation, true);
  return relations.some(({ replacesNewValues }) => replacesNewValues === true);
}

/** An INSERT's target, and the columns for which each new row brings a value. */
interface NewRow extends Target {
  /** That the statement names. */
  readonly chosen: ReadonlySet<string>;
  /** That the statement certainly chose. */
  readonly given: ReadonlySet<string>;
}

function rewriteConflict(
  rewriter: QueryRewriter,
  conflict: OnConflictClause,
  { found, entry, chosen, given }: NewRow,
  { parent, ctes }: Surroundings,
): void {
  const { statement } = rewriter;
  checkArbiter(found, conflict);
  const level = newLevel(parent, ctes);
  const target = entry.target && { ...entry.target, given };
  const excluded = { ...PLAIN_ENTRY, alias: 'excluded', columns: entry.columns, target };
  level.entries.push(entry, excluded);
  checkWritten(statement, found, assignedBySet(conflict.targetList));
  inCondition(statement, () => rewriter.visit([conflict.infer, conflict.whereClause], level));
  // What a trigger gave the row stays where it would be in a new one.
  const assigned = conflict.targetList?.filter((node) => !keepsColumn(node, chosen));
  visitAssignments(rewriter, assigned, level);
}

/** `a = excluded.a` of a column that the statement chose. */
function keepsColumn(node: Node, chosen: ReadonlySet<string>): boolean {
  if (!('ResTarget' in node)) return false;
  const { name = '', val, indirection } = node.ResTarget;
  if (indirection !== undefined || val === undefined || !('ColumnRef' in val)) return false;
  const [row, column, ...more] = fieldsOf(val.ColumnRef);
  return row === 'excluded' && column === name && more.length === 0 && chosen.has(name);
}

function rewriteUpdate(
  rewriter: QueryRewriter,
  update: UpdateStmt,
  surroundings: Surroundings,
): Columns {
  const { level, target, others } = takeChanged(rewriter, update, update.fromClause, surroundings);
  checkWritten(rewriter.statement, target.found, assignedBySet(update.targetList));
  visitAssignments(rewriter, update.targetList, level);
  inCondition(rewriter.statement, () => rewriter.visit(update.whereClause, level));
  checkSources(rewriter.statement, target.found);
  return takeReturning(rewriter, update.returningClause, { level, target, others });
}

function rewriteDelete(
  rewriter: QueryRewriter,
  deletion: DeleteStmt,
  surroundings: Surroundings,
): Columns {
  const parts = takeChanged(rewriter, deletion, deletion.usingClause, surroundings);
  checkDeletion(rewriter.statement, parts.target.found);
  inCondition(rewriter.statement, () => rewriter.visit(deletion.whereClause, parts.level));
  return takeReturning(rewriter, deletion.returningClause, parts);
}

/** A write taken apart. */
interface Changed {
  readonly level: QueryLevel;
  readonly target: Target;
  /** What stands beside the target. */
  readonly others: readonly Entry[];
}

function takeChanged(
  rewriter: QueryRewriter,
  write: UpdateStmt | DeleteStmt | MergeStmt,
  from: readonly Node[] | undefined,
  surroundings: Surroundings,
): Changed {
  const ctes = rewriter.rewriteWith(write.withClause, surroundings);
  const target = takeTarget(rewriter, write.relation);
  const level = newLevel(surroundings.parent, ctes);
  level.entries.push(target.entry);
  const inner: Surroundings = { parent: surroundings.parent, ctes, isOutermost: false };
  takeFrom(
    {
      statement: rewriter.statement,
      ctes,
      level,
      rewriteNested: (nested, parent) => rewriter.rewriteQuery(nested, { ...inner, parent }),
      visit: (value, at) =>
        inCondition(rewriter.statement, () => {
          rewriter.visit(value, at);
        }),
    },
    from,
  );
  return { level, target, others: level.entries.slice(1) };
}

function rewriteMerge(
  rewriter: QueryRewriter,
  merge: MergeStmt,
  surroundings: Surroundings,
): Columns {
  const { statement } = rewriter;
  const source = merge.sourceRelation === undefined ? [] : [merge.sourceRelation];
  const { level, target, others } = takeChanged(rewriter, merge, source, surroundings);
  inCondition(statement, () => rewriter.visit(merge.joinCondition, level));
  for (const node of merge.mergeWhenClauses ?? []) {
    if (!('MergeWhenClause' in node)) throw new RewriteRefusal('MERGE has something else in it');
    const { condition, targetList, values, commandType } = node.MergeWhenClause;
    inCondition(statement, () => rewriter.visit(condition, level));
    visitAssignments(rewriter, targetList, level);
    rewriter.visit(values, level);
    if (commandType === 'CMD_UPDATE') {
      checkWritten(statement, target.found, assignedBySet(targetList));
    } else if (commandType === 'CMD_INSERT') {
      const assigned = assignedByInsert(targetList, values && [values], values?.length ?? 0);
      checkWritten(statement, target.found, assigned);
    } else if (commandType === 'CMD_DELETE') checkDeletion(statement, target.found);
  }
  checkSources(statement, target.found);
  return takeReturning(rewriter, merge.returningClause, { level, target, others }, true);
}

function takeReturning(
  rewriter: QueryRewriter,
  clause: ReturningClause | undefined,
  { level, target, others }: Changed,
  isMerge = false,
): Columns {
  if (clause === undefined) return [];
  checkRuled(target);
  const outer = newLevel(level.parent, level.ctes);
  outer.mergesColumns = level.mergesColumns;
  return rewriteReturning(rewriter, clause, {
    level: outer,
    target: target.entry,
    others,
    isSourceFirst: isMerge,
  });
}

/** A rule that stands in for a write shows whatever it likes in place of the columns of its relation. */
function checkRuled({ ruled }: Target): void {
  if (ruled === undefined) return;
  throw new RewriteRefusal(
    `a rule of ${ruled.schema}.${ruled.name} says what RETURNING shows, which may be masked`,
    'Leave RETURNING out, and read the rows by SELECT.',
  );
}

/** `SET (a, b) = (SELECT …)` stands in the tree once for each column: one tree is made of them, to be changed once. */
function visitAssignments(
  rewriter: QueryRewriter,
  list: readonly Node[] | undefined,
  level: QueryLevel,
): void {
  let previous: Node | undefined;
  for (const node of list ?? []) {
    const value = 'ResTarget' in node ? node.ResTarget.val : undefined;
    if (value !== undefined && 'MultiAssignRef' in value) {
      const { MultiAssignRef: assigned } = value;
      if ((assigned.colno ?? 0) > 1 && previous !== undefined) {
        if (!sameTree(assigned.source, previous))
          throw new RewriteRefusal('an assignment of several columns is not understood');
        assigned.source = previous;
        continue;
      }
      previous = assigned.source;
    }
    rewriter.visit(node, level);
  }
}

/** The rows of VALUES; undefined for any other query. */
function rowsOf(query: Node | undefined): readonly (readonly Node[])[] | undefined {
  if (query === undefined || !('SelectStmt' in query)) return undefined;
  return query.SelectStmt.valuesLists?.map((list) =>
    'List' in list ? (list.List.items ?? []) : [],
  );
}
