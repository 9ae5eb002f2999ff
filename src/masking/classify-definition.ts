import type { Catalog, CatalogRelation } from '../sql/postgres/catalog.ts';
import type { ParsedStatement } from '../sql/postgres/parser.ts';
import { type BodyOf, openNode, stringsOf } from '../sql/postgres/tree.ts';
import { measure, mergeArms, mergeColumns, renumberRows } from './classify-columns.ts';
import {
  askedIn,
  type Condition,
  conditionsOf,
  conjunctsOf,
  describeAsked,
  describeCondition,
  describeEquality,
  describeRowKey,
  isConditional,
  isCount,
  mayFail,
} from './classify-conditions.ts';
import {
  alternativeLineage,
  columnLineage,
  type Lineage,
  LineageBuilder,
  type LineageColumn,
} from './classify-lineage.ts';
import { rowKeysOf, sortedColumnsOf, windowKeysOf } from './classify-row-keys.ts';
import { Scope, UnresolvedError } from './classify-scope.ts';

type Node = ParsedStatement['node'];
type Alias = BodyOf<'Alias'>;
type CommonTableExpr = BodyOf<'CommonTableExpr'>;
type FuncCall = BodyOf<'FuncCall'>;
type JoinExpr = BodyOf<'JoinExpr'>;
type RangeFunction = BodyOf<'RangeFunction'>;
type RangeVar = BodyOf<'RangeVar'>;
type SelectStmt = BodyOf<'SelectStmt'>;
type WithClause = BodyOf<'WithClause'>;

/** Rounds until nothing is added to what a recursive query reads; each adds a column or is the last. */
const ROUNDS_MAX = 64;

/** `date`, `time`, `timestamp`, `timestamptz`, `timetz`. */
const DATE_TYPES: ReadonlySet<number> = new Set([1082, 1083, 1114, 1184, 1266]);

/**
 * Finds what each column of a view's definition is made of.
 *
 * Reads what `pg_get_viewdef` writes under an empty search path: a relation without a schema is one of a WITH clause or of
 * `pg_catalog`. A predicate decides which rows there are, not what is in them, so only those inside an expression count.
 */
export class DefinitionReader {
  readonly #catalog: Catalog;
  /** Relations whose columns the result depends on. */
  readonly relations: Set<CatalogRelation> = new Set();
  /** Outside of expressions, in which they count as what those read. */
  readonly conditions: Condition[] = [];
  #rowCount = 0;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /** @throws {UnresolvedError} If something in it is not understood. */
  read(definition: Node): readonly LineageColumn[] {
    return this.#readSelect(selectOf(definition), new Scope(undefined), undefined);
  }

  /**
   * @param collector Set inside an expression: whatever the query reads goes there, its predicates included.
   */
  #readSelect(
    select: SelectStmt,
    parent: Scope,
    collector: LineageBuilder | undefined,
  ): readonly LineageColumn[] {
    if (select.intoClause !== undefined)
      throw new UnresolvedError('Cannot read query: it has INTO');
    const scope = new Scope(parent);
    if (select.withClause !== undefined) this.#readWith(select.withClause, scope, collector);
    if (select.larg !== undefined || select.rarg !== undefined) {
      const left = this.#readSelect(select.larg ?? {}, scope, collector);
      const right = this.#readSelect(select.rarg ?? {}, scope, collector);
      const merged = mergeArms(left, right, () => this.#nextRow());
      if (collector === undefined) this.#noteMerged(select, merged);
      return merged;
    }
    for (const node of select.fromClause ?? []) this.#readFrom(node, scope, collector);
    if (collector !== undefined) {
      const {
        targetList: _,
        fromClause: __,
        withClause: ___,
        valuesLists: ____,
        ...clauses
      } = select;
      this.#collect(clauses, { scope, select }, collector);
    } else {
      this.#note(conditionsOf(select), { scope, select });
      this.#noteRowKeys(rowKeysOf(select, scope), { scope, select });
    }
    const columns =
      select.valuesLists === undefined
        ? this.#readTargets(select, scope)
        : this.#readValues(select, scope);
    for (const { lineage } of columns) collector?.add(lineage);
    return columns;
  }

  #readTargets(select: SelectStmt, scope: Scope): readonly LineageColumn[] {
    return (select.targetList ?? []).flatMap((node): readonly LineageColumn[] => {
      if (!('ResTarget' in node) || node.ResTarget.val === undefined) {
        throw new UnresolvedError('Cannot read query: a column is no expression');
      }
      const { name, val } = node.ResTarget;
      const row = 'ColumnRef' in val ? starOf(val.ColumnRef.fields) : undefined;
      if (row === undefined) {
        const lineage = this.#readExpression(val, { scope, select });
        if (isConditional(val) || (mayFail(val) && !this.#isOfDates(lineage)))
          this.conditions.push(describeCondition(val, lineage));
        this.#noteAsked(val, { scope, select });
        return [{ name: name ?? inferName(val), lineage }];
      }
      const item = scope.getItem(row);
      if (item.rest !== undefined) throw new UnresolvedError('Cannot read query: * of a function');
      return item.columns;
    });
  }

  #readValues(select: SelectStmt, scope: Scope): readonly LineageColumn[] {
    const rows = (select.valuesLists ?? []).map((node): readonly LineageColumn[] => {
      if (!('List' in node)) throw new UnresolvedError('Cannot read VALUES: a row is no list');
      return (node.List.items ?? []).map((item, index) => ({
        name: `column${index + 1}`,
        lineage: this.#readExpression(item, { scope, select }),
      }));
    });
    return rows.reduce(mergeColumns);
  }

  #readWith(
    { ctes = [], recursive = false }: WithClause,
    scope: Scope,
    collector: LineageBuilder | undefined,
  ): void {
    const queries = ctes.map((node) => {
      if (!('CommonTableExpr' in node)) throw new UnresolvedError('Cannot read WITH: not a query');
      return node.CommonTableExpr;
    });
    if (recursive) for (const { ctename = '' } of queries) scope.addCommonTable(ctename, undefined);
    for (const query of queries) {
      const columns = recursive
        ? this.#readRecursive(query, scope, collector)
        : this.#readSelect(selectOf(query.ctequery), scope, collector);
      scope.addCommonTable(query.ctename ?? '', finishCommonTable(query, columns));
    }
  }

  /** What a query reads that may refer to itself: what its first part reads, and then what is added by what is known. */
  #readRecursive(
    query: CommonTableExpr,
    outer: Scope,
    collector: LineageBuilder | undefined,
  ): readonly LineageColumn[] {
    const select = selectOf(query.ctequery);
    if (select.larg === undefined || select.rarg === undefined) {
      return this.#readSelect(select, outer, collector);
    }
    const scope = new Scope(outer);
    if (select.withClause !== undefined) this.#readWith(select.withClause, scope, collector);
    let columns = this.#readSelect(select.larg, scope, collector);
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const inner = new Scope(scope);
      inner.addCommonTable(query.ctename ?? '', finishCommonTable(query, columns));
      const next = mergeColumns(columns, this.#readSelect(select.rarg, inner, collector));
      if (measure(next) === measure(columns)) return next;
      columns = next;
    }
    throw new UnresolvedError('Cannot read WITH RECURSIVE: too many rounds');
  }

  /** Adds what an element of a FROM clause makes visible. Returns its columns as `*` lists them. */
  #readFrom(
    node: Node,
    scope: Scope,
    collector: LineageBuilder | undefined,
  ): readonly LineageColumn[] {
    if ('RangeVar' in node) return this.#readRelation(node.RangeVar, scope);
    if ('RangeTableSample' in node && node.RangeTableSample.relation !== undefined) {
      return this.#readFrom(node.RangeTableSample.relation, scope, collector);
    }
    if ('JoinExpr' in node) return this.#readJoin(node.JoinExpr, scope, collector);
    if ('RangeSubselect' in node) {
      const { lateral = false, subquery, alias } = node.RangeSubselect;
      // Without LATERAL a subquery does not see what stands beside it.
      const around = lateral ? scope : new Scope(scope, false);
      const columns = this.#readSelect(selectOf(subquery), around, collector);
      return addItem(scope, alias, rename(columns, alias));
    }
    if ('RangeFunction' in node) return this.#readFunction(node.RangeFunction, scope, collector);
    if ('RangeTableFunc' in node || 'JsonTable' in node) {
      const { body } = openNode(node) ?? {};
      const builder = new LineageBuilder();
      this.#collect(body, { scope, select: {} }, builder);
      const alias = 'JsonTable' in node ? node.JsonTable.alias : node.RangeTableFunc.alias;
      collector?.add(builder.build());
      return addOpenItem(scope, alias, builder.build());
    }
    throw new UnresolvedError('Cannot read FROM: an element of an unknown kind');
  }

  #readRelation(range: RangeVar, scope: Scope): readonly LineageColumn[] {
    const { relname = '', schemaname, alias } = range;
    const common = schemaname === undefined ? scope.findCommonTable(relname) : undefined;
    if (common !== undefined) {
      const columns = renumberRows(common, () => this.#nextRow());
      return addItem(scope, alias ?? { aliasname: relname }, rename(columns, alias));
    }
    const schema = schemaname ?? 'pg_catalog';
    const relation = this.#catalog.findRelation(schema, relname);
    if (relation === undefined) throw new UnresolvedError('Cannot read FROM: an unknown relation');
    this.relations.add(relation);
    const row = this.#nextRow();
    const columns = relation.columns.map((name) => ({
      name,
      lineage: columnLineage(relation.oid, name, row),
    }));
    const renamed = rename(columns, alias);
    const named =
      alias === undefined ? { alias: relname, schema } : { alias: alias.aliasname ?? '' };
    scope.items.push({ ...named, columns: renamed, relation });
    return renamed;
  }

  #readJoin(
    join: JoinExpr,
    scope: Scope,
    collector: LineageBuilder | undefined,
  ): readonly LineageColumn[] {
    if (join.larg === undefined || join.rarg === undefined || join.isNatural === true) {
      throw new UnresolvedError('Cannot read FROM: a join that definitions do not have');
    }
    const before = scope.items.length;
    const left = this.#readFrom(join.larg, scope, collector);
    const right = this.#readFrom(join.rarg, scope, collector);
    if (collector !== undefined && join.quals !== undefined) {
      this.#collect(join.quals, { scope, select: {} }, collector);
    } else if (join.quals !== undefined) this.#note([join.quals], { scope, select: {} });
    const using = stringsOf(join.usingClause);
    const merged = using.map((name) => {
      const sides = [...left, ...right].filter((column) => column.name === name);
      if (sides.length < 2) throw new UnresolvedError('Cannot read USING: a column is not there');
      const lineage = alternativeLineage(sides.map((side) => side.lineage));
      if (collector === undefined) this.conditions.push(describeEquality(lineage));
      return { name, lineage };
    });
    const columns = [...merged, ...[...left, ...right].filter(({ name }) => !using.includes(name))];
    if (join.join_using_alias !== undefined) {
      addItem(scope, join.join_using_alias, rename(merged, join.join_using_alias));
    }
    if (join.alias === undefined) return columns;
    // The names inside are hidden by that of the join.
    scope.items.splice(before);
    return addItem(scope, join.alias, rename(columns, join.alias));
  }

  #readFunction(
    range: RangeFunction,
    scope: Scope,
    collector: LineageBuilder | undefined,
  ): readonly LineageColumn[] {
    const builder = new LineageBuilder();
    this.#collect(range.functions ?? [], { scope, select: {} }, builder);
    if (collector === undefined)
      this.conditions.push(describeCondition(range.functions, builder.build()));
    else collector.add(builder.build());
    return addOpenItem(scope, range.alias, builder.build());
  }

  #note(conditions: readonly Node[], place: Place): void {
    for (const condition of conditions.flatMap(conjunctsOf)) {
      const lineage = this.#readExpression(condition, place);
      this.conditions.push(describeCondition(condition, lineage));
    }
  }

  #noteAsked(value: unknown, place: Place): void {
    for (const asked of askedIn(value)) {
      const builder = new LineageBuilder();
      this.#collect(asked, place, builder);
      this.conditions.push(describeAsked(asked, builder.build()));
    }
  }

  #noteRowKeys(keys: readonly Node[], place: Place): void {
    for (const key of keys) this.conditions.push(describeRowKey(this.#readExpression(key, place)));
  }

  #nextRow(): number {
    this.#rowCount += 1;
    return this.#rowCount;
  }

  /** Which rows of the arms of a set operation are the same is said by how many there are. */
  #noteMerged(select: SelectStmt, merged: readonly LineageColumn[]): void {
    const isAll = select.all === true;
    if (!isAll) for (const { lineage } of merged) this.conditions.push(describeEquality(lineage));
    for (const { lineage } of isAll ? sortedColumnsOf(select, merged) : merged)
      this.conditions.push(describeRowKey(lineage));
  }

  /** Of dates and times one may reckon with any without a failure that tells. */
  #isOfDates({ sources }: Lineage): boolean {
    return [...sources.values()].every(({ relationOid, column }) => {
      const attributes = this.#catalog.getRelation(relationOid)?.attributes;
      return DATE_TYPES.has(attributes?.find(({ name }) => name === column)?.typeOid ?? 0);
    });
  }

  #readExpression(node: Node, place: Place): Lineage {
    if ('ColumnRef' in node && starOf(node.ColumnRef.fields) === undefined) {
      return place.scope.resolveColumn(stringsOf(node.ColumnRef.fields));
    }
    const builder = new LineageBuilder();
    this.#collect(node, place, builder);
    return builder.build();
  }

  /** Goes through a part of the tree, of whatever kind, for all that it reads. */
  #collect(part: unknown, place: Place, builder: LineageBuilder): void {
    if (Array.isArray(part)) {
      for (const item of part) this.#collect(item, place, builder);
      return;
    }
    if (typeof part !== 'object' || part === null) return;
    for (const [key, body] of Object.entries(part)) this.#collectField(key, body, place, builder);
  }

  #collectField(key: string, body: unknown, place: Place, builder: LineageBuilder): void {
    const node = { [key]: body } as unknown as Node;
    if ('ColumnRef' in node) {
      const row = starOf(node.ColumnRef.fields);
      const { scope } = place;
      builder.add(
        row === undefined
          ? scope.resolveColumn(stringsOf(node.ColumnRef.fields))
          : scope.resolveRow(row),
      );
    } else if ('SelectStmt' in node) {
      this.#readSelect(node.SelectStmt, place.scope, builder);
    } else if ('RangeVar' in node) {
      throw new UnresolvedError('Cannot read expression: it names a relation');
    } else {
      if ('FuncCall' in node) {
        this.#collectCall(node.FuncCall, place, builder);
        return;
      }
      if ('A_Expr' in node) addOperator(node.A_Expr.name, builder);
      else if ('SubLink' in node) addOperator(node.SubLink.operName, builder);
      this.#collect(body, place, builder);
    }
  }

  #collectCall(call: FuncCall, place: Place, builder: LineageBuilder): void {
    builder.addFunction(stringsOf(call.funcname));
    if (isCount(call)) {
      const args = call.args ?? [];
      this.#note(
        args.filter((one) => isConditional(one) || mayFail(one)),
        place,
      );
      this.#noteAsked(args, place);
      if (call.agg_distinct === true) this.#noteRowKeys(args, place);
      this.#noteRowKeys(windowKeysOf(call.over), place);
      this.#collect(call.agg_filter, place, builder);
      // How many come before it is the place of a row.
      const named = call.over?.name ?? call.over?.refname;
      const windows = named === undefined ? [] : (place.select.windowClause ?? []);
      for (const node of windows)
        if ('WindowDef' in node) this.#collect(node.WindowDef.orderClause, place, builder);
      this.#collect(call.over?.orderClause, place, builder);
      return;
    }
    // `OVER name`: which rows are looked at is said elsewhere.
    if (call.over?.name !== undefined || call.over?.refname !== undefined) {
      this.#collect(place.select.windowClause, place, builder);
    }
    this.#collect(call, place, builder);
  }
}

/** Where an expression stands. */
interface Place {
  readonly scope: Scope;
  readonly select: SelectStmt;
}

function selectOf(node: Node | undefined): SelectStmt {
  if (node === undefined || !('SelectStmt' in node)) {
    throw new UnresolvedError('Cannot read query: it is no SELECT');
  }
  return node.SelectStmt;
}

/** What stands before `.*`; undefined for a reference to a column. */
function starOf(fields: readonly Node[] | undefined): readonly string[] | undefined {
  const last = fields?.at(-1);
  if (last === undefined || !('A_Star' in last)) return undefined;
  return stringsOf(fields);
}

/** An operator with a schema is not one of PostgreSQL's own: what stands behind it is a function. */
function addOperator(name: readonly Node[] | undefined, builder: LineageBuilder): void {
  const parts = stringsOf(name);
  const schema = parts.at(-2);
  if (schema !== undefined && schema !== 'pg_catalog') {
    builder.addFunction([schema, `operator ${parts.at(-1) ?? ''}`]);
  }
}

/** Definitions name all columns but those whose name is that of the column they show. */
function inferName(node: Node): string {
  if ('ColumnRef' in node) return stringsOf(node.ColumnRef.fields).at(-1) ?? '';
  return '?column?';
}

/** Gives a query of a WITH clause the names of its columns, and the columns that SEARCH and CYCLE add. */
function finishCommonTable(
  { aliascolnames, search_clause: search, cycle_clause: cycle }: CommonTableExpr,
  columns: readonly LineageColumn[],
): readonly LineageColumn[] {
  const named = rename(columns, { colnames: [...(aliascolnames ?? [])] });
  const builder = new LineageBuilder();
  for (const { lineage } of columns) builder.add(lineage);
  const lineage = builder.build();
  const added = [
    search?.search_seq_column,
    cycle?.cycle_mark_column,
    cycle?.cycle_path_column,
  ].filter((name) => name !== undefined);
  return [...named, ...added.map((name) => ({ name, lineage }))];
}

function rename(
  columns: readonly LineageColumn[],
  alias: Alias | undefined,
): readonly LineageColumn[] {
  const names = stringsOf(alias?.colnames);
  if (names.length > columns.length) {
    throw new UnresolvedError('Cannot read FROM: more names than columns');
  }
  return columns.map((column, index) => ({ ...column, name: names[index] ?? column.name }));
}

function addItem(
  scope: Scope,
  alias: Alias | undefined,
  columns: readonly LineageColumn[],
): readonly LineageColumn[] {
  // A subquery without a name: its columns are there all the same.
  scope.items.push({ alias: alias?.aliasname ?? '', columns });
  return columns;
}

/** Something whose columns are not all known by name: they are made of everything that it reads. */
function addOpenItem(
  scope: Scope,
  alias: Alias | undefined,
  rest: Lineage,
): readonly LineageColumn[] {
  if (alias?.aliasname === undefined) {
    throw new UnresolvedError('Cannot read FROM: a function without a name');
  }
  const columns = stringsOf(alias.colnames).map((name) => ({ name, lineage: rest }));
  scope.items.push({ alias: alias.aliasname, columns, rest });
  return columns;
}
