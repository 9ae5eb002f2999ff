import type {
  ColumnRef,
  DeleteStmt,
  InsertStmt,
  LockingClause,
  MergeStmt,
  Node,
  RangeVar,
  ReturningClause,
  SelectStmt,
  UpdateStmt,
  WithClause,
} from 'libpg-query';
import { entryOf, type FromParts, fromEntries, isCteName, takeFrom } from './from-clause.ts';
import { noteFunctionCall, noteFunctionName } from './functions.ts';
import { findOpaqueReason } from './opaque-functions.ts';
import {
  type CteScope,
  findEntries,
  noteColumns,
  type QueryLevel,
  type RangeEntry,
} from './query-level.ts';
import { readByOlder } from './read-by-older.ts';
import { fewRowsMax, isBulk, restrictEntries } from './restriction.ts';
import type { OperationBuilder, StatementBuilder } from './statement-builder.ts';
import { constantInteger, isRangeVar, openNode, stringsOf } from './tree.ts';

/** What surrounds a query. */
interface Surroundings {
  readonly parent: QueryLevel | undefined;
  readonly ctes: CteScope | undefined;
  /** Its LIMIT is the statement's. */
  readonly isOutermost: boolean;
}

const OUTERMOST: Surroundings = { parent: undefined, ctes: undefined, isOutermost: true };

/** Finds every effect of a query or write, however deep it is hidden, and notes it in a `StatementBuilder`. */
export class QueryWalker {
  readonly #builder: StatementBuilder;

  constructor(builder: StatementBuilder) {
    this.#builder = builder;
  }

  /** Walks a query or write. False if `node` is neither. */
  walkQuery(node: Node, surroundings: Surroundings = OUTERMOST): boolean {
    if ('SelectStmt' in node) this.#walkSelect(node.SelectStmt, surroundings);
    else if ('InsertStmt' in node) this.#walkInsert(node.InsertStmt, surroundings);
    else if ('UpdateStmt' in node) this.#walkUpdate(node.UpdateStmt, surroundings);
    else if ('DeleteStmt' in node) this.#walkDelete(node.DeleteStmt, surroundings);
    else if ('MergeStmt' in node) this.#walkMerge(node.MergeStmt, surroundings);
    else return false;
    return true;
  }

  /** Walks expressions that stand outside a query: arguments of CALL, defaults, conditions of rules. */
  walkExpressions(value: unknown, operation: OperationBuilder, relation?: RangeVar): void {
    const parts = fromEntries();
    if (relation !== undefined) parts.entries.push(entryOf(this.#builder, relation, operation));
    this.#visit(value, this.#newLevel(OUTERMOST, parts, operation));
  }

  #walkSelect(select: SelectStmt, surroundings: Surroundings): void {
    const ctes = this.#walkWith(select.withClause, surroundings);
    const operation = this.#select();
    if (surroundings.isOutermost) {
      const isExact = select.limitOption === 'LIMIT_OPTION_COUNT';
      const limit = isExact ? constantInteger(select.limitCount) : undefined;
      if (limit !== undefined && limit >= 0) operation.limit = limit;
    }
    const inner: Surroundings = { ...surroundings, ctes, isOutermost: false };
    if (select.larg !== undefined) this.#walkSelect(select.larg, inner);
    if (select.rarg !== undefined) this.#walkSelect(select.rarg, inner);

    const parts = takeFrom(this.#builder, select.fromClause, ctes, operation);
    const level = this.#newLevel({ ...inner, ctes }, parts, operation, select.targetList);
    this.#restrict(level, parts, select.whereClause);
    this.#noteReads(parts.entries, select.whereClause !== undefined);
    this.#visit(parts.nested, level);
    this.#visit(
      [
        select.distinctClause,
        select.targetList,
        select.whereClause,
        select.groupClause,
        select.havingClause,
        select.windowClause,
        select.valuesLists,
        select.sortClause,
        select.limitOffset,
        select.limitCount,
      ],
      level,
    );
    for (const clause of select.lockingClause ?? []) {
      if ('LockingClause' in clause) this.#noteRowLock(clause.LockingClause, level);
    }
  }

  #walkInsert(insert: InsertStmt, surroundings: Surroundings): void {
    const { relation, cols, selectStmt, onConflictClause, returningClause } = insert;
    const operation = this.#builder.operation('sql.insert', 'INSERT');
    const ctes = this.#walkWith(insert.withClause, surroundings);
    const target = this.#noteTarget(relation, operation);
    const inner: Surroundings = { parent: surroundings.parent, ctes, isOutermost: false };
    noteTargetColumns(target, cols);

    const source =
      selectStmt !== undefined && 'SelectStmt' in selectStmt ? selectStmt.SelectStmt : undefined;
    if (source?.valuesLists !== undefined && source.withClause === undefined) {
      if (source.valuesLists.length > fewRowsMax) operation.bulk = true;
      this.#visit(
        [source.valuesLists, source.sortClause, source.limitCount, source.limitOffset],
        this.#newLevel(inner, fromEntries(), operation),
      );
    } else if (source !== undefined) {
      if (source.fromClause !== undefined || source.larg !== undefined) operation.bulk = true;
      this.#walkSelect(source, { ...inner, isOutermost: surroundings.isOutermost });
    }

    if (onConflictClause !== undefined) {
      const isUpdate = onConflictClause.action === 'ONCONFLICT_UPDATE';
      const conflict = isUpdate ? this.#builder.operation('sql.update', 'INSERT') : operation;
      const own = { ...target, operation: conflict };
      if (isUpdate) {
        this.#noteTarget(relation, conflict);
        conflict.level(true);
        if (operation.bulk) conflict.bulk = true;
        noteTargetColumns(own, onConflictClause.targetList);
      }
      const parts = fromEntries(own, { ...own, alias: 'excluded', schema: undefined });
      this.#visit(onConflictClause, this.#newLevel(inner, parts, conflict));
    }
    this.#walkReturning(returningClause, inner, fromEntries(target), {
      hasWhere: true,
      bulk: operation.bulk,
    });
  }

  #walkUpdate(update: UpdateStmt, surroundings: Surroundings): void {
    const operation = this.#builder.operation('sql.update', 'UPDATE');
    const { level, target } = this.#walkChange(update, update.fromClause, operation, surroundings);
    noteTargetColumns(target, update.targetList);
    this.#visit(update.targetList, level);
  }

  #walkDelete(deletion: DeleteStmt, surroundings: Surroundings): void {
    const operation = this.#builder.operation('sql.delete', 'DELETE');
    this.#walkChange(deletion, deletion.usingClause, operation, surroundings);
  }

  /** What UPDATE and DELETE have in common: a target, more relations, a condition, RETURNING. */
  #walkChange(
    statement: UpdateStmt | DeleteStmt,
    from: readonly Node[] | undefined,
    operation: OperationBuilder,
    surroundings: Surroundings,
  ): { level: QueryLevel; target: RangeEntry } {
    const { whereClause, returningClause } = statement;
    const ctes = this.#walkWith(statement.withClause, surroundings);
    const target = this.#noteTarget(statement.relation, operation);
    const parts =
      from === undefined ? fromEntries() : takeFrom(this.#builder, from, ctes, this.#select());
    if (from !== undefined) this.#noteReads(parts.entries, whereClause !== undefined, false);
    const all: FromParts = { ...parts, entries: [target, ...parts.entries] };
    const inner: Surroundings = { parent: surroundings.parent, ctes, isOutermost: false };
    const level = this.#newLevel(inner, all, operation);
    if (whereClause !== undefined && 'CurrentOfExpr' in whereClause) target.rows = 1;
    this.#restrict(level, all, whereClause);
    operation.level(whereClause !== undefined);
    this.#visit([parts.nested, whereClause], level);
    this.#walkReturning(returningClause, inner, all, {
      hasWhere: whereClause !== undefined,
      bulk: operation.bulk,
    });
    return { level, target };
  }

  #walkMerge(merge: MergeStmt, surroundings: Surroundings): void {
    const { sourceRelation, joinCondition, mergeWhenClauses = [] } = merge;
    const operation = this.#builder.operation('sql.merge', 'MERGE');
    operation.level(true);
    const ctes = this.#walkWith(merge.withClause, surroundings);
    const target = this.#noteTarget(merge.relation, operation);
    const parts = takeFrom(
      this.#builder,
      sourceRelation === undefined ? [] : [sourceRelation],
      ctes,
      this.#select(),
    );
    this.#noteReads(parts.entries, joinCondition !== undefined, false);
    const all: FromParts = { ...parts, entries: [target, ...parts.entries] };
    const inner: Surroundings = { parent: surroundings.parent, ctes, isOutermost: false };
    const level = this.#newLevel(inner, all, operation);
    this.#restrict(level, all, joinCondition);
    this.#visit([parts.nested, joinCondition], level);

    for (const node of mergeWhenClauses) {
      if (!('MergeWhenClause' in node)) continue;
      const clause = node.MergeWhenClause;
      if (clause.matchKind === 'MERGE_WHEN_NOT_MATCHED_BY_SOURCE') operation.bulk = true;
      const change = this.#mergeOperation(clause.commandType) ?? operation;
      const own = { ...this.#noteTarget(merge.relation, change), rows: target.rows };
      change.level(true);
      if (operation.bulk) change.bulk = true;
      if (clause.commandType !== 'CMD_DELETE' && change !== operation)
        noteTargetColumns(own, clause.targetList);
      const clauseParts = { ...all, entries: [own, ...parts.entries] };
      this.#visit(
        [clause.condition, clause.targetList, clause.values],
        this.#newLevel(inner, clauseParts, change),
      );
    }
    this.#walkReturning(merge.returningClause, inner, all, {
      hasWhere: true,
      bulk: operation.bulk,
    });
  }

  #mergeOperation(command: string | undefined): OperationBuilder | undefined {
    if (command === 'CMD_INSERT') return this.#builder.operation('sql.insert', 'MERGE');
    if (command === 'CMD_UPDATE') return this.#builder.operation('sql.update', 'MERGE');
    if (command === 'CMD_DELETE') return this.#builder.operation('sql.delete', 'MERGE');
    return undefined;
  }

  /** RETURNING reads the target, and what stands beside it. */
  #walkReturning(
    returning: ReturningClause | undefined,
    surroundings: Surroundings,
    parts: FromParts,
    outer: { readonly hasWhere: boolean; readonly bulk: boolean },
  ): void {
    if (returning === undefined) return;
    const operation = this.#select();
    const entries = parts.entries.map((entry) => ({ ...entry, operation }));
    this.#noteReads(entries, outer.hasWhere, false);
    if (outer.bulk) operation.bulk = true;
    // RETURNING WITH (OLD AS o, NEW AS n): more names of the target.
    const [target] = entries;
    const names = [
      'old',
      'new',
      ...(returning.options ?? []).flatMap((node) =>
        'ReturningOption' in node ? [node.ReturningOption.value ?? ''] : [],
      ),
    ];
    if (target !== undefined)
      for (const alias of names) entries.push({ ...target, alias, schema: undefined });
    this.#visit(returning.exprs, this.#newLevel(surroundings, { ...parts, entries }, operation));
  }

  /** A CTE is in sight of those after it, and under RECURSIVE of all, itself included. */
  #walkWith(clause: WithClause | undefined, surroundings: Surroundings): CteScope | undefined {
    if (clause?.ctes === undefined) return surroundings.ctes;
    const expressions = clause.ctes.flatMap((node) =>
      'CommonTableExpr' in node ? [node.CommonTableExpr] : [],
    );
    const all = new Set(expressions.map(({ ctename }) => ctename ?? ''));
    const whole: CteScope = { names: all, outer: surroundings.ctes };
    let scope = clause.recursive === true ? whole : surroundings.ctes;
    for (const { ctequery, ctename = '' } of expressions) {
      const inner: Surroundings = { parent: surroundings.parent, ctes: scope, isOutermost: false };
      if (ctequery !== undefined && !this.walkQuery(ctequery, inner)) {
        this.#builder.operation('sql.unknown', 'UNKNOWN').opaque = true;
      }
      if (clause.recursive !== true) scope = { names: new Set([ctename]), outer: scope };
    }
    return whole;
  }

  /** A target is never a CTE, whatever its name. */
  #noteTarget(range: RangeVar | undefined, operation: OperationBuilder): RangeEntry {
    const entry = entryOf(this.#builder, range ?? {}, operation);
    if (entry.relation !== undefined)
      this.#builder.use(operation, 'writes', entry.relation, entry.withDescendants);
    return entry;
  }

  #noteReads(entries: readonly RangeEntry[], hasWhere: boolean, withBulk = true): void {
    for (const entry of entries) {
      if (entry.relation === undefined) continue;
      this.#builder.use(entry.operation, 'reads', entry.relation, entry.withDescendants);
      entry.operation.level(hasWhere);
      if (withBulk && isBulk(entry)) entry.operation.bulk = true;
    }
  }

  #restrict(level: QueryLevel, parts: FromParts, where: Node | undefined): void {
    const conjuncts =
      where === undefined
        ? parts.conjuncts
        : [...parts.conjuncts, { condition: where, entries: parts.entries }];
    restrictEntries(level, conjuncts, parts.usings);
    const isFew = level.entries.every(
      (entry) => entry.rows !== undefined || entry.members.length > 0,
    );
    level.isFewRows = isFew && level.parent?.isFewRows !== false;
    for (const entry of level.entries) if (isBulk(entry)) entry.operation.bulk = true;
  }

  #newLevel(
    { parent, ctes }: Surroundings,
    { entries }: FromParts,
    operation: OperationBuilder,
    targetList?: readonly Node[],
  ): QueryLevel {
    const outputNames = new Set(
      (targetList ?? []).flatMap((node) =>
        'ResTarget' in node ? [node.ResTarget.name ?? ''] : [],
      ),
    );
    return { parent, ctes, entries, outputNames, operation, isFewRows: false };
  }

  #noteRowLock({ lockedRels }: LockingClause, level: QueryLevel): void {
    const operation = this.#builder.operation('sql.lock', 'SELECT', 'row');
    const entries = (lockedRels ?? []).flatMap((node) =>
      'RangeVar' in node ? findEntries(level, node.RangeVar.relname ?? '') : [],
    );
    this.#noteReads(
      (lockedRels === undefined ? level.entries : entries).map((entry) => ({
        ...entry,
        operation,
      })),
      true,
    );
  }

  #select(): OperationBuilder {
    return this.#builder.operation('sql.select', 'SELECT');
  }

  /** Visits all that is in an expression or clause. */
  #visit(value: unknown, level: QueryLevel): void {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      for (const item of value) this.#visit(item, level);
      return;
    }
    for (const [key, child] of Object.entries(value as Record<string, unknown>)) {
      if (typeof child !== 'object' || child === null) continue;
      const code = key.charCodeAt(0);
      if (code >= 0x41 && code <= 0x5a) this.#visitNode({ [key]: child } as unknown as Node, level);
      else if (isRangeVar(child)) this.#visitNode({ RangeVar: child }, level);
      else this.#visit(child, level);
    }
  }

  #visitNode(node: Node, level: QueryLevel): void {
    const inner: Surroundings = { parent: level, ctes: level.ctes, isOutermost: false };
    if (this.walkQuery(node, inner)) return;
    if ('ColumnRef' in node) {
      const called = noteColumns(level, fieldsOf(node.ColumnRef));
      if (called !== undefined) this.#noteField(level, called);
      return;
    }
    this.#noteOlder(node, level);
    if ('FuncCall' in node) noteFunctionCall(this.#builder, level.operation, node.FuncCall);
    else if ('A_Indirection' in node) {
      // `(p).f` may call f(p).
      for (const name of stringsOf(node.A_Indirection.indirection)) this.#noteField(level, name);
    } else if ('A_Expr' in node) this.#noteOperator(level, stringsOf(node.A_Expr.name));
    else if ('SubLink' in node) this.#noteOperator(level, stringsOf(node.SubLink.operName));
    else if ('SortBy' in node) this.#noteOperator(level, stringsOf(node.SortBy.useOp));
    else if ('TypeCast' in node) {
      if ((stringsOf(node.TypeCast.typeName?.names).at(-1) ?? '').startsWith('reg'))
        this.#builder.text.dependsOnLiterals = true;
    } else if ('RangeVar' in node) {
      if (isCteName(level.ctes, node.RangeVar)) return;
      this.#noteReads([entryOf(this.#builder, node.RangeVar, level.operation)], false, false);
      return;
    }
    this.#visit(openNode(node)?.body, level);
  }

  /** A word that the server does not have is a name there. */
  #noteOlder(node: Node, level: QueryLevel): void {
    const reading = readByOlder(node, this.#builder.names.catalog.serverVersion);
    if (reading?.kind === 'column') noteColumns(level, [reading.name]);
    else if (reading !== undefined)
      noteFunctionName(this.#builder, level.operation, undefined, reading.name);
  }

  /** A field or, if user code or a dangerous built-in has that name, a call. */
  #noteField(level: QueryLevel, name: string): void {
    const isUserFunction = this.#builder.names.catalog.userFunctionSchemas(name).length > 0;
    if (!isUserFunction && findOpaqueReason(name) === undefined) return;
    noteFunctionName(this.#builder, level.operation, undefined, name);
  }

  /** `OPERATOR(schema.+)` names an operator that may be anyone's. */
  #noteOperator(level: QueryLevel, name: readonly string[]): void {
    if (name.length > 1 && name[0] !== 'pg_catalog') level.operation.opaque = true;
  }
}

/** Columns that a write names as its targets; all of them if it names none. */
function noteTargetColumns(target: RangeEntry, list: readonly Node[] | undefined): void {
  const columns = (list ?? []).flatMap((node) =>
    'ResTarget' in node ? [node.ResTarget.name ?? '*'] : [],
  );
  for (const name of target.relation?.names ?? []) {
    for (const column of columns.length === 0 ? ['*'] : columns)
      target.operation.columns.add(`${name}.${column}`);
  }
}

function fieldsOf({ fields = [] }: ColumnRef): readonly string[] {
  return fields.map((field) => ('String' in field ? (field.String.sval ?? '') : '*'));
}
