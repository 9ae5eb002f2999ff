import type { BodyOf, Node, ResTarget, SelectStmt, WithClause } from '../../sql/postgres/tree.ts';
import { isRangeVar, openNode, splitName, stringsOf } from '../../sql/postgres/tree.ts';
import { figureColumnName } from './column-name.ts';
import { noteReference } from './column-references.ts';
import { type Columns, renamed, takeFrom } from './from-items.ts';
import { checkField, checkFunction, checkOlder, checkOperator } from './function-check.ts';
import { rewriteGroups } from './group-by.ts';
import { checkLockers, checkLocking } from './hidden-references.ts';
import { noteComparison, noteMembership, noteQueryInExpression } from './keyed-comparisons.ts';
import { findKeyed } from './keyed-references.ts';
import { COMPUTED, type OutputColumn, UNKNOWN_OUTPUT } from './output-column.ts';
import { keepName } from './output-names.ts';
import {
  type CteScope,
  type EntryColumn,
  findMeanings,
  newLevel,
  type QueryLevel,
} from './query-levels.ts';
import { offerRawColumns, type TakenTarget } from './raw-columns.ts';
import { RewriteRefusal } from './rewrite-refusal.ts';
import { rewriteWrite } from './row-writes.ts';
import { checkSetConfig } from './safe-settings.ts';
import { checkSequence } from './sequence-check.ts';
import { takeStar } from './star-targets.ts';
import { fieldsOf, inCondition, type StatementState } from './statement-state.ts';
import { noteTypesByName } from './types-by-name.ts';

/** What surrounds a query. */
export interface Surroundings {
  readonly parent: QueryLevel | undefined;
  readonly ctes: CteScope | undefined;
  /** Its rows go to the client as they are. */
  readonly isOutermost: boolean;
}

/** Nothing surrounds the query. */
export const OUTERMOST: Surroundings = { parent: undefined, ctes: undefined, isOutermost: true };

/** Rewrites queries and writes of one statement, however deep they are. */
export class QueryRewriter {
  readonly statement: StatementState;
  /** Nodes that are arguments of functions. */
  readonly #arguments = new WeakSet<Node>();

  constructor(statement: StatementState) {
    this.statement = statement;
  }

  /**
   * Rewrites a query or write; returns its columns.
   *
   * @throws {RewriteRefusal}
   */
  rewriteQuery(node: Node, surroundings: Surroundings = OUTERMOST): Columns {
    if ('SelectStmt' in node) return this.#rewriteSelect(node.SelectStmt, surroundings);
    // What tokens stand for must not be stored where it could be read as it is.
    this.statement.keyed.doubt();
    return rewriteWrite(this, node, surroundings);
  }

  #rewriteSelect(select: SelectStmt, surroundings: Surroundings): Columns {
    const ctes = this.rewriteWith(select.withClause, surroundings);
    const inner: Surroundings = { parent: surroundings.parent, ctes, isOutermost: false };
    if (select.larg !== undefined && select.rarg !== undefined) {
      const left = this.#rewriteSelect(select.larg, inner);
      const right = this.#rewriteSelect(select.rarg, inner);
      this.visit(
        [select.sortClause, select.limitOffset, select.limitCount],
        newLevel(surroundings.parent, ctes),
      );
      return this.#unite(left, right);
    }
    const level = newLevel(surroundings.parent, ctes);
    const star = takeFrom(
      {
        statement: this.statement,
        ctes,
        level,
        rewriteNested: (nested, parent) => this.rewriteQuery(nested, { ...inner, parent }),
        visit: (value, at) => this.visit(value, at),
      },
      select.fromClause,
    );
    if (select.lockingClause !== undefined)
      checkLocking(this.statement, select.lockingClause, level);
    this.#markGroups(select);
    this.visit([select.distinctClause, select.windowClause, select.valuesLists], level);
    inCondition(this.statement, () => {
      this.visit([select.whereClause, select.groupClause, select.havingClause], level);
      this.visit([select.sortClause, select.limitOffset, select.limitCount], level);
    });
    const targets = this.#takeTargets(select.targetList, level, star);
    rewriteGroups(this.statement, select, level);
    if (surroundings.isOutermost) offerRawColumns(this.statement, select, { level, targets });
    return select.valuesLists === undefined
      ? columnsIn(targets)
      : valuesColumns(select.valuesLists);
  }

  /** Values that are only told apart, or put into some order, stay whole. */
  #markGroups(select: SelectStmt): void {
    const { keyed } = this.statement;
    for (const node of [...(select.groupClause ?? []), ...(select.distinctClause ?? [])])
      keyed.markPlain(node);
    for (const node of select.sortClause ?? [])
      keyed.markPlain('SortBy' in node ? node.SortBy.node : undefined);
    for (const node of select.windowClause ?? []) {
      if (!('WindowDef' in node)) continue;
      for (const part of node.WindowDef.partitionClause ?? []) keyed.markPlain(part);
    }
  }

  /** Visits a list of output columns. Undefined if they are not all known. */
  takeList(list: Node[] | undefined, level: QueryLevel, star: Columns): Columns {
    return columnsIn(this.#takeTargets(list, level, star));
  }

  #takeTargets(list: Node[] | undefined, level: QueryLevel, star: Columns): readonly TakenTarget[] {
    return (list ?? []).map((node) => {
      if (!('ResTarget' in node))
        throw new RewriteRefusal('the select list has something else in it');
      const place = { list: list ?? [], node, level, star };
      return { node, target: node.ResTarget, columns: this.#takeTarget(node.ResTarget, place) };
    });
  }

  #takeTarget(
    target: ResTarget,
    place: {
      readonly list: Node[];
      readonly node: Node;
      readonly level: QueryLevel;
      readonly star: Columns;
    },
  ): Columns {
    const { name, val } = target;
    if (val === undefined) return undefined;
    if ('A_Indirection' in val && 'A_Star' in (val.A_Indirection.indirection?.at(-1) ?? {})) {
      // `(p).*`: how many columns that is, is not followed.
      this.visit(val, place.level);
      return undefined;
    }
    if ('ColumnRef' in val && fieldsOf(val.ColumnRef).at(-1) === '*') {
      return takeStar(this.statement, val.ColumnRef, place);
    }
    keepName(this.statement, target);
    this.statement.keyed.markPlain(val);
    this.visit(val, place.level);
    const output = this.#outputOf(val, place.level);
    return [{ name: name ?? figureColumnName(val), output }];
  }

  /** Columns of a set operation go by the names of its first arm. */
  #unite(left: Columns, right: Columns): Columns {
    if (left === undefined || right === undefined || left.length !== right.length) return undefined;
    return left.map(({ name, output }, index) => {
      const other = right[index]?.output ?? UNKNOWN_OUTPUT;
      const inspect =
        output.inspect === 'none' && other.inspect === 'none' ? 'none' : ('unknown' as const);
      const masked = [...new Set([...output.masked, ...other.masked])];
      const keyed = this.statement.keyed.unite([{ output }, { output: other }]);
      return { name, output: { ...COMPUTED, masked, inspect, keyed } };
    });
  }

  #outputOf(val: Node, level: QueryLevel): OutputColumn {
    if ('ColumnRef' in val) {
      const meanings = findMeanings(level, fieldsOf(val.ColumnRef));
      const [first, ...more] = meanings;
      if (first?.known !== undefined && more.length === 0) return first.known.output;
      return { ...UNKNOWN_OUTPUT, keyed: findKeyed(meanings) };
    }
    return this.statement.callsUserCode ? UNKNOWN_OUTPUT : COMPUTED;
  }

  /** A CTE is in sight of those after it, and under RECURSIVE of all, itself included. */
  rewriteWith(clause: WithClause | undefined, surroundings: Surroundings): CteScope | undefined {
    if (clause?.ctes === undefined) return surroundings.ctes;
    const columns = new Map<string, Columns>();
    let scope: CteScope | undefined = surroundings.ctes;
    const isRecursive = clause.recursive === true;
    if (isRecursive) {
      for (const node of clause.ctes) {
        if ('CommonTableExpr' in node) columns.set(node.CommonTableExpr.ctename ?? '', undefined);
      }
      scope = { columns, outer: surroundings.ctes };
    }
    for (const node of clause.ctes) {
      if (!('CommonTableExpr' in node)) throw new RewriteRefusal('WITH has something else in it');
      const {
        ctename = '',
        ctequery,
        aliascolnames,
        search_clause,
        cycle_clause,
      } = node.CommonTableExpr;
      if (ctequery === undefined) continue;
      const inner: Surroundings = { parent: surroundings.parent, ctes: scope, isOutermost: false };
      const own = renamed(this.rewriteQuery(ctequery, inner), stringsOf(aliascolnames));
      // SEARCH and CYCLE add columns; what a recursive query yields may come from any of its arms.
      const isPlain = search_clause === undefined && cycle_clause === undefined && !isRecursive;
      columns.set(ctename, isPlain ? own : undefined);
      if (!isRecursive) {
        scope = { columns: new Map([[ctename, columns.get(ctename)]]), outer: scope };
      }
    }
    return { columns, outer: surroundings.ctes };
  }

  /** Visits all that is in an expression or clause. */
  visit(value: unknown, level: QueryLevel): void {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      for (const item of value) this.visit(item, level);
      return;
    }
    if (isRangeVar(value)) throw new RewriteRefusal('a relation is named in an unexpected place');
    for (const [key, child] of Object.entries(value as Record<string, unknown>)) {
      if (typeof child !== 'object' || child === null) continue;
      const code = key.charCodeAt(0);
      if (code >= 0x41 && code <= 0x5a) {
        this.#visitNode(value as Node, level);
      } else this.visit(child, level);
    }
  }

  #visitNode(node: Node, level: QueryLevel): void {
    const { statement } = this;
    const opened = openNode(node);
    if (opened === undefined) return;
    if (opened.kind.endsWith('Stmt')) {
      noteQueryInExpression(statement, this.#rewriteInner(node, level));
      return;
    }
    if ('ColumnRef' in node) {
      const isArgument = this.#arguments.has(node);
      noteReference(statement, { node, reference: node.ColumnRef, level, isArgument });
      return;
    }
    checkOlder(statement, node);
    if ('FuncCall' in node) {
      for (const argument of node.FuncCall.args ?? []) this.#arguments.add(argument);
      this.#checkCall(node, level);
    }
    if ('A_Indirection' in node) return this.#visitFields(node, level);
    else if ('A_Const' in node) statement.keyed.seeConstant();
    else if ('ParamRef' in node) statement.keyed.seeParameter(node.ParamRef.number ?? 0);
    else if ('NullTest' in node) statement.keyed.markPlain(node.NullTest.arg);
    else if ('A_Expr' in node) {
      this.#checkExpression(stringsOf(node.A_Expr.name));
      noteComparison(statement, node.A_Expr, level);
    } else if ('SubLink' in node) {
      return this.#visitSubLink(node.SubLink, level);
    } else if ('SortBy' in node) this.#checkExpression(stringsOf(node.SortBy.useOp));
    else if ('CaseExpr' in node && node.CaseExpr.arg !== undefined) checkOperator(statement, ['=']);
    else if ('RangeVar' in node)
      throw new RewriteRefusal('a relation is named in an unexpected place');
    this.visit(opened.body, level);
  }

  #rewriteInner(node: Node, level: QueryLevel): Columns {
    return this.rewriteQuery(node, { parent: level, ctes: level.ctes, isOutermost: false });
  }

  #visitSubLink(link: BodyOf<'SubLink'>, level: QueryLevel): void {
    const { subLinkType, testexpr, subselect, operName } = link;
    const named = stringsOf(operName);
    const isMembership = subLinkType === 'ANY_SUBLINK' && named.length === 0;
    this.#checkExpression(isMembership ? ['='] : named);
    const columns = subselect === undefined ? [] : this.#rewriteInner(subselect, level);
    if (isMembership && testexpr !== undefined) {
      noteMembership(this.statement, testexpr, columns, level);
    } else if (subLinkType !== 'EXISTS_SUBLINK') noteQueryInExpression(this.statement, columns);
    this.visit(testexpr, level);
  }

  #checkExpression(name: readonly string[]): void {
    // NOT IN, IS NOT DISTINCT FROM and BETWEEN look their operators up by these names too.
    if (name.length > 0) checkOperator(this.statement, name);
  }

  #checkCall(node: { FuncCall: { funcname?: Node[]; args?: Node[] } }, level: QueryLevel): void {
    const { funcname, args } = node.FuncCall;
    const { schema, name } = splitName(stringsOf(funcname));
    if (schema === undefined && this.#isColumnOf(name, args, level)) return;
    checkFunction(this.statement, schema, name);
    checkSequence(this.statement, name, args);
    noteTypesByName(this.statement, name, args);
    if (name === 'count') this.statement.keyed.markPlain(args?.[0]);
    if (name !== 'set_config') return;
    this.statement.text.dependsOnLiterals = true;
    checkSetConfig(this.statement, args);
  }

  /** `ssn(p)` is another way to write `p.ssn`, where no function is named so. */
  #isColumnOf(name: string, args: readonly Node[] | undefined, level: QueryLevel): boolean {
    const { catalog } = this.statement.text.names;
    if (catalog.isBuiltInFunction(name) || catalog.userFunctionSchemas(name).length > 0)
      return false;
    const [row, ...more] = args ?? [];
    if (row === undefined || more.length > 0 || !('ColumnRef' in row)) return false;
    const meanings = findMeanings(level, fieldsOf(row.ColumnRef));
    return (
      meanings.length > 0 &&
      meanings.every(
        ({ column, entry }) =>
          column === '*' && entry.columns?.some((known) => known.name === name) === true,
      )
    );
  }

  /** `(p).f` is f(p) if p has no field f. */
  #visitFields(
    node: { A_Indirection: { arg?: Node; indirection?: Node[] } },
    level: QueryLevel,
  ): void {
    const { arg, indirection } = node.A_Indirection;
    const names = stringsOf(indirection);
    const [first] = names;
    const isRow = arg !== undefined && 'ColumnRef' in arg;
    const meanings = isRow ? findMeanings(level, fieldsOf(arg.ColumnRef)) : [];
    const isColumn =
      meanings.length > 0 &&
      meanings.every(
        ({ column, entry }) =>
          column === '*' && entry.columns?.some(({ name }) => name === first) === true,
      );
    if (first === 'xmax') checkLockers(this.statement, meanings);
    for (const name of isColumn ? names.slice(1) : names) checkField(this.statement, name);
    const step = indirection?.[0] ?? {};
    if (isRow && ('String' in step || 'A_Star' in step)) {
      const reference = arg.ColumnRef;
      noteReference(this.statement, { node: arg, reference, level, isFieldOnly: true });
    } else this.visit(arg, level);
    this.visit(indirection, level);
  }
}

function columnsIn(targets: readonly TakenTarget[]): Columns {
  const columns: EntryColumn[] = [];
  for (const target of targets) {
    if (target.columns === undefined) return undefined;
    columns.push(...target.columns);
  }
  return columns;
}

function valuesColumns(lists: readonly Node[]): Columns {
  const [first] = lists;
  if (first === undefined || !('List' in first)) return undefined;
  return (first.List.items ?? []).map((_, index) => ({
    name: `column${index + 1}`,
    output: COMPUTED,
  }));
}
