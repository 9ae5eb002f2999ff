import { builtInTypeName } from '../../sql/postgres/built-in-type.ts';
import type { NameResolver } from '../../sql/postgres/name-resolver.ts';
import type { BodyOf, ColumnRef, Node } from '../../sql/postgres/tree.ts';
import { stringsOf } from '../../sql/postgres/tree.ts';
import type { KeyedColumn } from '../vault/keyed-form.ts';
import { NO_TOKEN, readToken } from '../vault/token-text.ts';
import { findKeyed } from './keyed-references.ts';
import { quoteLiteral } from './masks/sql-text.ts';
import { findMeanings, type QueryLevel } from './query-levels.ts';
import { fieldsOf, type StatementState } from './statement-state.ts';

/** Types to which a constant may be cast: their input functions are the server's own. */
const CASTS: ReadonlySet<string> = new Set('text varchar bpchar name uuid int4 int8'.split(' '));

/** Ways to write `=` and `<>`. */
const EQUALITIES: ReadonlySet<string> = new Set(
  'AEXPR_OP AEXPR_IN AEXPR_OP_ANY AEXPR_OP_ALL AEXPR_DISTINCT AEXPR_NOT_DISTINCT'.split(' '),
);
/** Operators that compare two values, and words of the grammar in their place. */
const ORDERS: ReadonlySet<string> = new Set([
  ...'< > <= >='.split(' '),
  ...['BETWEEN', 'NOT BETWEEN', 'BETWEEN SYMMETRIC', 'NOT BETWEEN SYMMETRIC'],
]);

/** What stands on one side of a comparison. */
type Side =
  | { readonly kind: 'column'; readonly keyed: KeyedColumn | undefined; readonly node: Node }
  | { readonly kind: 'values'; readonly values: readonly Value[] };

/** A constant, with the node that holds it, or a parameter. */
type Value =
  | { readonly kind: 'constant'; readonly node: Node; readonly constant: BodyOf<'A_Const'> }
  | { readonly kind: 'parameter'; readonly number: number };

/**
 * Takes note of a comparison of pseudonyms, or of what vault tokens stand for, with each other or with constants and parameters. A
 * token among the constants becomes what it stands for, where it is compared for equality and nothing else.
 */
export function noteComparison(
  statement: StatementState,
  expression: BodyOf<'A_Expr'>,
  level: QueryLevel,
): void {
  const { names } = statement.text;
  const left = sideOf(names, expression.lexpr, level);
  const right = sideOf(names, expression.rexpr, level);
  if (left === undefined || right === undefined) return;
  if (left.kind === 'column' && right.kind === 'column') {
    if (left.keyed === undefined || left.keyed.id !== right.keyed?.id) return;
    if (!isEquality(expression)) return;
    statement.keyed.markPlain(left.node);
    statement.keyed.markPlain(right.node);
    return;
  }
  const [column, values] = left.kind === 'column' ? [left, right] : [right, left];
  if (column.kind !== 'column' || values.kind !== 'values' || column.keyed === undefined) return;
  // What tokens stand for has an order that says something of it; pseudonyms are shown in it anyway.
  if (!isEquality(expression) && (column.keyed.purpose === 'vault' || !isOrder(expression))) return;
  const isArray = isOfArray(expression) && !isList(expression.rexpr);
  // An array written as one constant is not taken apart.
  if (isArray && values.values.some(({ kind }) => kind === 'constant')) return;
  statement.keyed.markPlain(column.node);
  for (const value of values.values) noteValue(statement, value, column.keyed, isArray);
}

/** `mrn IN (SELECT mrn …)`: the columns of the query are known by now. */
export function noteMembership(
  statement: StatementState,
  tested: Node,
  columns: readonly { readonly output: { readonly keyed?: KeyedColumn | undefined } }[] | undefined,
  level: QueryLevel,
): void {
  const keyed = 'ColumnRef' in tested ? keyedOf(tested.ColumnRef, level) : undefined;
  const [only, ...more] = columns ?? [];
  const isSame = keyed !== undefined && more.length === 0 && only?.output.keyed?.id === keyed.id;
  if (isSame) statement.keyed.markPlain(tested);
  else noteQueryInExpression(statement, columns);
}

/** What a query in an expression shows is not followed. */
export function noteQueryInExpression(
  { keyed }: StatementState,
  columns: readonly { readonly output: { readonly keyed?: KeyedColumn | undefined } }[] | undefined,
): void {
  if (columns === undefined || columns.some(({ output }) => output.keyed?.purpose === 'vault')) {
    keyed.doubt();
  }
}

function sideOf(names: NameResolver, node: Node | undefined, level: QueryLevel): Side | undefined {
  if (node === undefined) return undefined;
  if ('ColumnRef' in node) {
    return { kind: 'column', keyed: keyedOf(node.ColumnRef, level), node };
  }
  if ('List' in node) return valuesOf(names, node.List.items);
  if ('A_ArrayExpr' in node) return valuesOf(names, node.A_ArrayExpr.elements);
  const value = valueOf(names, node);
  return value && { kind: 'values', values: [value] };
}

function valuesOf(names: NameResolver, items: readonly Node[] = []): Side | undefined {
  const values = items.map((item) => valueOf(names, item));
  const known = values.filter((value) => value !== undefined);
  return known.length < values.length ? undefined : { kind: 'values', values: known };
}

function valueOf(names: NameResolver, node: Node): Value | undefined {
  if ('A_Const' in node) return { kind: 'constant', node, constant: node.A_Const };
  if ('ParamRef' in node) return { kind: 'parameter', number: node.ParamRef.number ?? 0 };
  if (!('TypeCast' in node)) return undefined;
  const { arg, typeName } = node.TypeCast;
  if (!CASTS.has(builtInTypeName(names, typeName) ?? '')) return undefined;
  return arg === undefined || 'TypeCast' in arg ? undefined : valueOf(names, arg);
}

function keyedOf(reference: ColumnRef, level: QueryLevel): KeyedColumn | undefined {
  return findKeyed(findMeanings(level, fieldsOf(reference)));
}

function isOrder({ name }: BodyOf<'A_Expr'>): boolean {
  const [operator = '', schema = 'pg_catalog'] = stringsOf(name).toReversed();
  return schema === 'pg_catalog' && ORDERS.has(operator);
}

/** `= ANY (…)`: the right side is an array. */
function isOfArray({ kind }: BodyOf<'A_Expr'>): boolean {
  return kind === 'AEXPR_OP_ANY' || kind === 'AEXPR_OP_ALL';
}

function isList(node: Node | undefined): boolean {
  return node !== undefined && 'A_ArrayExpr' in node;
}

/** Says of two values whether they are equal, and nothing else. */
function isEquality({ kind, name }: BodyOf<'A_Expr'>): boolean {
  const [operator, schema = 'pg_catalog'] = stringsOf(name).toReversed();
  if (schema !== 'pg_catalog' || (operator !== '=' && operator !== '<>')) return false;
  return EQUALITIES.has(kind ?? 'AEXPR_OP');
}

function noteValue(
  statement: StatementState,
  value: Value,
  keyed: KeyedColumn,
  isArray: boolean,
): void {
  if (value.kind === 'parameter') {
    statement.keyed.compareParameter(value.number, { keyed, isArray });
    return;
  }
  statement.keyed.compareConstant(keyed);
  if (keyed.purpose === 'vault') resolveConstant(statement, value, keyed);
}

/** What is no token stands for nothing: as it is, it could be guessed to be what some token stands for. */
function resolveConstant(
  { text }: StatementState,
  { node, constant }: Extract<Value, { kind: 'constant' }>,
  keyed: KeyedColumn,
): void {
  text.dependsOnLiterals = true;
  if (constant.isnull === true) return;
  const written = constant.sval?.sval ?? constant.fval?.fval ?? String(constant.ival?.ival ?? 0);
  const token = readToken(written, keyed.form);
  const value = token === undefined ? undefined : text.resolveToken(keyed, token);
  const shown = value ?? NO_TOKEN[keyed.form.kind];
  // A minus behind an operator would be part of it.
  const literal = keyed.form.kind === 'number' ? `(${shown})` : quoteLiteral(shown);
  const first = text.source.tokenAt(constant.location);
  const end = constant.sval === undefined && written.startsWith('-') ? first + 2 : first + 1;
  const span = { start: text.source.spanAt(first).start, end: text.source.spanAt(end - 1).end };
  const replaced = text.fragments.expression(literal);
  text.edits.add(span, literal, () => {
    for (const key of Object.keys(node)) delete (node as Record<string, unknown>)[key];
    Object.assign(node, replaced);
  });
}
