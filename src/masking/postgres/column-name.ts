import type { Node } from '../../sql/postgres/tree.ts';
import { openNode, stringsOf } from '../../sql/postgres/tree.ts';

/** A name that PostgreSQL would give an output column, and whether it comes from more than a type or CASE. */
interface Guess {
  readonly name: string;
  readonly isStrong: boolean;
}

/** Nodes that name their column after themselves. */
const FIXED_NAMES: Readonly<Record<string, string>> = {
  GroupingFunc: 'grouping',
  MergeSupportFunc: 'merge_action',
  A_ArrayExpr: 'array',
  RowExpr: 'row',
  CoalesceExpr: 'coalesce',
  XmlSerialize: 'xmlserialize',
  JsonParseExpr: 'json',
  JsonScalarExpr: 'json_scalar',
  JsonSerializeExpr: 'json_serialize',
  JsonObjectConstructor: 'json_object',
  JsonArrayConstructor: 'json_array',
  JsonArrayQueryConstructor: 'json_array',
  JsonObjectAgg: 'json_objectagg',
  JsonArrayAgg: 'json_arrayagg',
};

/** Nodes that name their column after one of their fields: `SVFOP_CURRENT_DATE` is `current_date`. */
const NAMED_BY_FIELD: Readonly<Record<string, readonly [field: string, prefix: RegExp]>> = {
  MinMaxExpr: ['op', /^IS_/],
  SQLValueFunction: ['op', /^SVFOP_/],
  XmlExpr: ['op', /^IS_/],
  JsonFuncExpr: ['op', /_OP$/],
};

/**
 * The name PostgreSQL gives the output column of an expression without an alias.
 *
 * @see FigureColname in PostgreSQL's `parse_target.c`
 */
export function figureColumnName(node: Node): string {
  return guessName(node)?.name ?? '?column?';
}

function guessName(node: Node | undefined): Guess | undefined {
  if (node === undefined) return undefined;
  if ('ColumnRef' in node) return strong(stringsOf(node.ColumnRef.fields).at(-1));
  if ('A_Indirection' in node) {
    const field = stringsOf(node.A_Indirection.indirection).at(-1);
    return strong(field) ?? guessName(node.A_Indirection.arg);
  }
  if ('FuncCall' in node) return strong(stringsOf(node.FuncCall.funcname).at(-1));
  if ('A_Expr' in node) return node.A_Expr.kind === 'AEXPR_NULLIF' ? strong('nullif') : undefined;
  if ('CollateClause' in node) return guessName(node.CollateClause.arg);
  if ('TypeCast' in node) {
    const inner = guessName(node.TypeCast.arg);
    if (inner?.isStrong === true) return inner;
    const type = stringsOf(node.TypeCast.typeName?.names).at(-1);
    return type === undefined ? inner : { name: type, isStrong: false };
  }
  if ('CaseExpr' in node) {
    const inner = guessName(node.CaseExpr.defresult);
    return inner?.isStrong === true ? inner : { name: 'case', isStrong: false };
  }
  if ('SubLink' in node) return guessSubLink(node.SubLink);
  return guessFixed(node);
}

function guessSubLink({
  subLinkType,
  subselect,
}: {
  subLinkType?: string;
  subselect?: Node;
}): Guess | undefined {
  if (subLinkType === 'EXISTS_SUBLINK') return strong('exists');
  if (subLinkType === 'ARRAY_SUBLINK') return strong('array');
  if (subLinkType !== 'EXPR_SUBLINK' || subselect === undefined) return undefined;
  let select = 'SelectStmt' in subselect ? subselect.SelectStmt : undefined;
  while (select?.larg !== undefined) select = select.larg;
  if (select?.valuesLists !== undefined) return strong('column1');
  const [target] = select?.targetList ?? [];
  if (target === undefined || !('ResTarget' in target)) return undefined;
  const { name, val } = target.ResTarget;
  return strong(name ?? (val === undefined ? undefined : figureColumnName(val)));
}

function guessFixed(node: Node): Guess | undefined {
  const opened = openNode(node);
  if (opened === undefined) return undefined;
  const fixed = FIXED_NAMES[opened.kind];
  if (fixed !== undefined) return strong(fixed);
  const named = NAMED_BY_FIELD[opened.kind];
  if (named === undefined) return undefined;
  const [field, prefix] = named;
  const value = (opened.body as Record<string, unknown>)[field];
  if (typeof value !== 'string') return undefined;
  const plain = value.replace(prefix, '').replace(/_N$/, '').toLowerCase();
  return plain === 'document' ? undefined : strong(plain);
}

function strong(name: string | undefined): Guess | undefined {
  return name === undefined ? undefined : { name, isStrong: true };
}
