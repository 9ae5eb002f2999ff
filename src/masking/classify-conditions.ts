import { type BodyOf, type Node, stringsOf } from '../sql/postgres/tree.ts';
import type { Lineage } from './classify-lineage.ts';

/** What decides which rows a definition shows, which of their values are NULL, or whether it can be computed at all. */
export interface Condition {
  readonly lineage: Lineage;
  /** What it compares may be of several rows: it names several things of FROM clauses. */
  readonly isAcross: boolean;
  /** Columns may stand in it more than once. */
  readonly isRepeated: boolean;
  /** Rows are sorted, grouped or counted by it: each is compared with the others. */
  readonly isOfRows?: true;
  /** It decides only what is shown of rows, and reads none itself. */
  readonly isOfOutput?: true;
}

/** What decides which rows a query has, and how many, beside its FROM clause. */
export function conditionsOf(select: BodyOf<'SelectStmt'>): readonly Node[] {
  const { whereClause, havingClause, limitCount, limitOffset, groupClause, sortClause } = select;
  const computed = [
    ...(groupClause ?? []),
    ...(sortClause ?? []).map((node) => ('SortBy' in node ? node.SortBy.node : undefined)),
    ...(select.distinctClause === undefined ? [] : (select.targetList ?? [])).map((node) =>
      'ResTarget' in node ? node.ResTarget.val : undefined,
    ),
  ].filter((node) => node !== undefined && !('ColumnRef' in node || 'GroupingSet' in node));
  return [whereClause, havingClause, limitCount, limitOffset, ...computed].filter(
    (node) => node !== undefined,
  );
}

/** The parts of a condition that AND joins. */
export function conjunctsOf(condition: Node): readonly Node[] {
  if ('BoolExpr' in condition && condition.BoolExpr.boolop === 'AND_EXPR') {
    return (condition.BoolExpr.args ?? []).flatMap(conjunctsOf);
  }
  return [condition];
}

/** Of an expression that reads these columns. Definitions say of which thing in FROM each one is, where there are several. */
export function describeCondition(expression: unknown, lineage: Lineage): Condition {
  const owners = new Set<string>();
  const references = new Set<string>();
  visit(expression, (node) => {
    if ('ColumnRef' in node) {
      const fields = stringsOf(node.ColumnRef.fields);
      owners.add(JSON.stringify(fields.slice(0, -1)));
      references.add(JSON.stringify(fields));
    }
    return false;
  });
  const isRepeated = references.size !== lineage.sources.size;
  return { lineage, isAcross: owners.size > 1 || lineage.rows.size > 1, isRepeated };
}

/** Of what an output column asks by CASE and the like. */
export function describeAsked(asked: readonly Node[], lineage: Lineage): Condition {
  const hasQuery = visit(asked, (node) => 'SelectStmt' in node);
  return { ...describeCondition(asked, lineage), ...(!hasQuery && { isOfOutput: true }) };
}

/** Of columns of both sides that are compared with each other. */
export function describeEquality(lineage: Lineage): Condition {
  return { lineage, isAcross: true, isRepeated: lineage.sources.size !== 2 };
}

/** Of what rows are sorted, grouped or counted by. */
export function describeRowKey(lineage: Lineage): Condition {
  return { lineage, isAcross: true, isRepeated: true, isOfRows: true };
}

const ARITHMETIC: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', '^']);

/** Whether an output column may be NULL by more than whether what it is made of is NULL; by what it asks itself is in `askedIn`. */
export function isConditional(expression: Node): boolean {
  return visit(expression, (node) => {
    if ('SubLink' in node) return node.SubLink.subLinkType === 'EXPR_SUBLINK';
    return 'A_Expr' in node && node.A_Expr.kind === 'AEXPR_NULLIF';
  });
}

/** Whether it may fail by what the columns hold. */
export function mayFail(expression: Node): boolean {
  return visit(expression, (node) => 'A_Expr' in node && isAbleToFail(node.A_Expr));
}

/** What compares with each of several: its answer is NULL where one of those is NULL and none of the others decides. */
const OF_SEVERAL: ReadonlySet<string> = new Set([
  ...['AEXPR_OP_ANY', 'AEXPR_OP_ALL', 'AEXPR_IN'],
  ...['ANY_SUBLINK', 'ALL_SUBLINK', 'ROWCOMPARE_SUBLINK'],
]);

/**
 * What is asked where the answer is NULL by more than whether what it is made of is NULL. A CASE of which a value may be NULL (definitions write
 * `ELSE NULL` where there is no ELSE); an aggregate with FILTER; AND, OR and the like: `a = b OR c`, where c is NULL, is NULL unless a is b.
 * Not those of queries within.
 */
export function askedIn(value: unknown): readonly (readonly Node[])[] {
  if (Array.isArray(value)) return value.flatMap(askedIn);
  if (typeof value !== 'object' || value === null || 'SelectStmt' in value) return [];
  const node = value as Node;
  if ('CaseExpr' in node) {
    const { args = [], defresult } = node.CaseExpr;
    const results = args.map((one) => ('CaseWhen' in one ? one.CaseWhen.result : undefined));
    // What is NULL for WHEN is like what is false.
    return [...askedByCase(node.CaseExpr), ...[...results, defresult].flatMap(askedIn)];
  }
  if ('FuncCall' in node) {
    const { agg_filter: filter, ...call } = node.FuncCall;
    const own = filter === undefined || isCount(call) ? [] : conjunctsOf(filter);
    return [...own.map((one) => [one]), ...Object.values(call).flatMap(askedIn)];
  }
  return [...askedByLogic(node), ...Object.values(value).flatMap(askedIn)];
}

function askedByLogic(node: Node): readonly (readonly Node[])[] {
  // Those within are looked at by themselves.
  if (isLogic(node))
    return (node.BoolExpr.args ?? []).flatMap((one) => (isLogic(one) ? [] : [[one]]));
  if ('SubLink' in node) return OF_SEVERAL.has(node.SubLink.subLinkType ?? '') ? [[node]] : [];
  if (!('A_Expr' in node)) return [];
  const { kind = '', lexpr } = node.A_Expr;
  return OF_SEVERAL.has(kind) || (lexpr !== undefined && 'RowExpr' in lexpr) ? [[node]] : [];
}

function isLogic(node: Node): node is Extract<Node, { readonly BoolExpr: unknown }> {
  return 'BoolExpr' in node && node.BoolExpr.boolop !== 'NOT_EXPR';
}

/** A number of rows says nothing of what is in them, as it does not where a query groups by a column. */
export function isCount({ funcname }: BodyOf<'FuncCall'>): boolean {
  const name = stringsOf(funcname);
  return name.at(-1) === 'count' && (name.length === 1 || name[0] === 'pg_catalog');
}

function askedByCase({
  arg,
  args = [],
  defresult,
}: BodyOf<'CaseExpr'>): readonly (readonly Node[])[] {
  const branches = args.flatMap((node) => ('CaseWhen' in node ? [node.CaseWhen] : []));
  const isTold = [defresult, ...branches.map(({ result }) => result)].some((one) => mayBeNull(one));
  if (!isTold) return [];
  return branches.flatMap(({ expr }) => {
    if (expr === undefined) return [];
    return arg === undefined ? conjunctsOf(expr).map((one) => [one]) : [[arg, expr]];
  });
}

/** All but plain constants. */
function mayBeNull(node: Node | undefined): boolean {
  if (node === undefined) return true;
  if ('TypeCast' in node) return mayBeNull(node.TypeCast.arg);
  return !('A_Const' in node) || node.A_Const.isnull === true;
}

function isAbleToFail({ kind, name }: BodyOf<'A_Expr'>): boolean {
  return kind === 'AEXPR_OP' && ARITHMETIC.has(stringsOf(name).at(-1) ?? '');
}

/** Whether any node within is found. */
function visit(value: unknown, find: (node: Node) => boolean): boolean {
  if (Array.isArray(value)) return value.some((item) => visit(item, find));
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value as Readonly<Record<string, unknown>>).some(
    ([key, body]) => find({ [key]: body } as unknown as Node) || visit(body, find),
  );
}
