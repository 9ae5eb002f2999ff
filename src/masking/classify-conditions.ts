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

/** Of what a CASE in an output column asks. */
export function describeCase(asked: readonly Node[], lineage: Lineage): Condition {
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

/** Whether an output column may be NULL by more than whether what it is made of is NULL; what CASE chooses is in `casesIn`. */
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

/**
 * What CASE expressions ask where one of their values may be NULL and another not. Definitions write `ELSE NULL` where there is no ELSE.
 * Not those of queries within.
 */
export function casesIn(value: unknown): readonly (readonly Node[])[] {
  if (Array.isArray(value)) return value.flatMap(casesIn);
  if (typeof value !== 'object' || value === null || 'SelectStmt' in value) return [];
  const node = value as Node;
  const own = 'CaseExpr' in node ? askedByCase(node.CaseExpr) : [];
  return [...own, ...Object.values(value).flatMap(casesIn)];
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
