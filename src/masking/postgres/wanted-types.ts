import type { BodyOf, Node } from '../../sql/postgres/tree.ts';
import { constantInteger, stringsOf } from '../../sql/postgres/tree.ts';

/** OIDs of the built-in types as which SQL's grammar takes values. */
const TypeOid = {
  ...{ bool: 16, bytea: 17, int8: 20, int4: 23, text: 25 },
  ...{ json: 114, xml: 142, float4: 700, float8: 701, jsonb: 3802 },
} as const;

/** Fields that hold a condition. */
const CONDITIONS: ReadonlySet<string> = new Set(
  'whereClause havingClause quals joinCondition condition agg_filter'.split(' '),
);

/** Fields that hold a number of rows. */
const COUNTS: ReadonlySet<string> = new Set(
  'limitCount limitOffset startOffset endOffset'.split(' '),
);

/** Fields that hold a place in an array. */
const SUBSCRIPTS: ReadonlySet<string> = new Set(['lidx', 'uidx']);

/**
 * Adds the OIDs of what the grammar takes a value for that stands in a field, or in a node, of that name: as an assignment does, it makes
 * it that by a cast. What is certain to be of the type is left out.
 */
export function noteWanted(key: string, child: object, wanted: Set<number>): void {
  if (conditionsIn(key, child).some((condition) => !isBoolean(condition))) wanted.add(TypeOid.bool);
  const isCount = COUNTS.has(key);
  if (isCount || SUBSCRIPTS.has(key)) {
    if (constantInteger(child as Node) === undefined)
      wanted.add(isCount ? TypeOid.int8 : TypeOid.int4);
  }
  if (/^(?:Xml|Json|RangeTableFunc|RangeTableSample)/u.test(key))
    for (const oid of Object.values(TypeOid)) wanted.add(oid);
}

function conditionsIn(key: string, child: object): readonly Node[] {
  if (CONDITIONS.has(key)) return [child as Node];
  if (key === 'BoolExpr') return (child as BodyOf<'BoolExpr'>).args ?? [];
  if (key === 'BooleanTest') return listOf((child as BodyOf<'BooleanTest'>).arg);
  if (key === 'CaseWhen') return listOf((child as BodyOf<'CaseWhen'>).expr);
  if (key !== 'Constraint') return [];
  const { contype, raw_expr: expression } = child as BodyOf<'Constraint'>;
  return contype === 'CONSTR_CHECK' ? listOf(expression) : [];
}

function listOf(node: Node | undefined): readonly Node[] {
  return node === undefined ? [] : [node];
}

const COMPARISONS: ReadonlySet<string> = new Set('= <> < > <= >='.split(' '));

/** Whether an expression is certain to be true, false or NULL. What a BoolExpr is made of is looked at by itself. */
function isBoolean(node: Node): boolean {
  if ('A_Const' in node) return node.A_Const.boolval !== undefined;
  if ('SubLink' in node) return !/^(?:EXPR|ARRAY)_/u.test(node.SubLink.subLinkType ?? '');
  if ('A_Expr' in node) {
    const { kind, name } = node.A_Expr;
    if (kind === 'AEXPR_OP') return COMPARISONS.has(stringsOf(name).at(-1) ?? '');
    return kind !== 'AEXPR_NULLIF';
  }
  return ['BoolExpr', 'BooleanTest', 'NullTest', 'CurrentOfExpr'].some((kind) => kind in node);
}
