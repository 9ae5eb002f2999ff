import type { A_Expr, JoinExpr, Node } from 'libpg-query';
import { findEntries, type QueryLevel, type RangeEntry } from './query-level.ts';
import { stringsOf } from './tree.ts';

/** More rows than this of one relation are bulk: an `IN` list of 100 keys is still looking things up. */
export const fewRowsMax = 100;

/** A condition that must hold for a row to count, and the entries whose rows it can exclude. */
export interface Conjunct {
  readonly condition: Node;
  readonly entries: readonly RangeEntry[];
}

/** `JOIN … USING (column)`: left and right columns of that name are equal. */
export interface UsingColumn {
  readonly column: string;
  readonly left: readonly RangeEntry[];
  readonly right: readonly RangeEntry[];
  readonly jointype: JoinExpr['jointype'];
}

/** `entry.column` is one of `rows` values. */
interface Equality {
  readonly entry: RangeEntry;
  readonly column: string;
  /** Undefined while `other` is not restricted itself. */
  readonly rows: number | undefined;
  readonly other: RangeEntry | undefined;
}

/**
 * Finds the entries of which the conditions let through only a few rows: all columns of a unique key are equal to constants,
 * parameters, or columns of entries (or levels around this one) that are restricted themselves. Sets their `rows`.
 */
export function restrictEntries(
  level: QueryLevel,
  conjuncts: readonly Conjunct[],
  usings: readonly UsingColumn[],
): void {
  const equalities = [
    ...conjuncts.flatMap((conjunct) => equalitiesOf(level, conjunct)),
    ...usings.flatMap((using) => equalitiesOfUsing(using)),
  ];
  for (let isProgress = true; isProgress; ) {
    isProgress = false;
    for (const entry of level.entries) {
      if (entry.rows !== undefined) continue;
      entry.rows = rowsOf(entry, equalities);
      if (entry.rows !== undefined) isProgress = true;
    }
  }
}

/** Whether the entry counts as read or changed in bulk. System catalogs never do: clients look things up there all the time. */
export function isBulk(entry: RangeEntry): boolean {
  if (entry.relation === undefined || entry.rows !== undefined) return false;
  if (entry.relation.known.length > 0 && entry.relation.known.every(({ kind }) => kind === 'S'))
    return false;
  return !entry.relation.names.every((name) => /^(pg_catalog|information_schema)\./.test(name));
}

function rowsOf(entry: RangeEntry, equalities: readonly Equality[]): number | undefined {
  const { relation } = entry;
  if (relation === undefined || entry.hasColumnAliases) return undefined;
  const counts = new Map<string, number>();
  for (const equality of equalities) {
    if (equality.entry !== entry) continue;
    const rows = equality.rows ?? equality.other?.rows;
    if (rows !== undefined)
      counts.set(equality.column, Math.min(rows, counts.get(equality.column) ?? Infinity));
  }
  if (counts.size === 0 || relation.known.length < relation.names.length) return undefined;
  let most = 0;
  for (const known of relation.known) {
    // A unique index says nothing of the rows in inheritance children; of partitions it does.
    if (entry.withDescendants && known.children.length > 0 && known.kind !== 'p') return undefined;
    const products = known.uniqueKeys.map((key) =>
      key.length === 0
        ? Infinity
        : key.reduce((product, column) => product * (counts.get(column) ?? Infinity), 1),
    );
    most = Math.max(most, Math.min(Infinity, ...products));
  }
  return most <= fewRowsMax ? most : undefined;
}

function equalitiesOf(level: QueryLevel, { condition, entries }: Conjunct): Equality[] {
  if ('BoolExpr' in condition && condition.BoolExpr.boolop === 'AND_EXPR') {
    return (condition.BoolExpr.args ?? []).flatMap((arg) =>
      equalitiesOf(level, { condition: arg, entries }),
    );
  }
  if (!('A_Expr' in condition)) return [];
  const expression = condition.A_Expr;
  const { lexpr, rexpr } = expression;
  if (!isEqualsOperator(expression) || lexpr === undefined || rexpr === undefined) return [];
  const count = listLength(expression);
  if (count !== undefined)
    return equalityOf(level, entries, lexpr, { rows: count, other: undefined });
  if (expression.kind !== 'AEXPR_OP') return [];
  return [
    ...equalityOf(level, entries, lexpr, sourceOf(level, rexpr)),
    ...equalityOf(level, entries, rexpr, sourceOf(level, lexpr)),
  ];
}

type Source = Pick<Equality, 'rows' | 'other'> | undefined;

function equalityOf(
  level: QueryLevel,
  entries: readonly RangeEntry[],
  side: Node,
  source: Source,
): Equality[] {
  if (source === undefined) return [];
  const found = columnOf(level, side);
  if (found === undefined || found === 'outer' || found.entry === source.other) return [];
  return entries.includes(found.entry) ? [{ ...found, ...source }] : [];
}

/** What a side of an equation is worth: a number of values, or those of another entry. */
function sourceOf(level: QueryLevel, side: Node): Source {
  // With transform_null_equals, `= NULL` is true of any number of rows.
  if ('A_Const' in side && side.A_Const.isnull === true) return undefined;
  if (isConstant(side)) return { rows: 1, other: undefined };
  const found = columnOf(level, side);
  if (found === 'outer')
    return level.parent?.isFewRows === true ? { rows: 1, other: undefined } : undefined;
  return found === undefined ? undefined : { rows: undefined, other: found.entry };
}

/** The entry of this level that a column belongs to for certain. */
function columnOf(
  level: QueryLevel,
  side: Node,
): { entry: RangeEntry; column: string } | 'outer' | undefined {
  if (!('ColumnRef' in side)) return undefined;
  const fields = stringsOf(side.ColumnRef.fields);
  if (fields.length !== side.ColumnRef.fields?.length) return undefined;
  const column = fields.at(-1);
  const table = fields.at(-2);
  if (column === undefined) return undefined;
  if (table !== undefined) {
    const [entry, ...more] = findEntries(level, table, fields.at(-3));
    if (entry === undefined || more.length > 0) return undefined;
    return level.entries.includes(entry) ? { entry, column } : 'outer';
  }
  const [entry, ...more] = level.entries.filter(({ relation }) =>
    relation?.known.some(({ columns }) => columns.includes(column)),
  );
  // A name that two entries have is an error on the server; an entry of unknown columns might have it too.
  if (entry === undefined || more.length > 0) return undefined;
  return { entry, column };
}

function equalitiesOfUsing({ column, left, right, jointype }: UsingColumn): Equality[] {
  const has = ({ relation }: RangeEntry): boolean =>
    relation?.known.some(({ columns }) => columns.includes(column)) ?? false;
  const [leftEntry, ...moreLeft] = left.filter(has);
  const [rightEntry, ...moreRight] = right.filter(has);
  if (leftEntry === undefined || rightEntry === undefined || moreLeft.length + moreRight.length > 0)
    return [];
  const equalities: Equality[] = [];
  const add = (entry: RangeEntry, other: RangeEntry): void => {
    equalities.push({ entry, column, rows: undefined, other });
  };
  if (jointype === 'JOIN_INNER' || jointype === 'JOIN_LEFT') add(rightEntry, leftEntry);
  if (jointype === 'JOIN_INNER' || jointype === 'JOIN_RIGHT') add(leftEntry, rightEntry);
  return equalities;
}

function isEqualsOperator(expression: A_Expr): boolean {
  const name = stringsOf(expression.name);
  return name.at(-1) === '=' && (name.length === 1 || name[0] === 'pg_catalog');
}

/** Number of values in `IN (1, 2)` and `= ANY (ARRAY[1, 2])`, all constant. */
function listLength({ kind, rexpr }: A_Expr): number | undefined {
  if (rexpr === undefined) return undefined;
  let items: Node[] | undefined;
  if (kind === 'AEXPR_IN' && 'List' in rexpr) items = rexpr.List.items;
  if (kind === 'AEXPR_OP_ANY' && 'A_ArrayExpr' in rexpr) items = rexpr.A_ArrayExpr.elements;
  return items?.every(isConstant) ? items.length : undefined;
}

/**
 * The same for every row: constants and parameters, casts of and arithmetic on them. No functions (`nextval('s')` differs by
 * row) and no sub-selects (`id = (SELECT p.id)` is true of every row).
 */
function isConstant(node: Node): boolean {
  if ('A_Const' in node || 'ParamRef' in node || 'SQLValueFunction' in node) return true;
  if ('TypeCast' in node) return node.TypeCast.arg !== undefined && isConstant(node.TypeCast.arg);
  if (!('A_Expr' in node) || node.A_Expr.kind !== 'AEXPR_OP') return false;
  return [node.A_Expr.lexpr, node.A_Expr.rexpr].every(
    (side) => side === undefined || isConstant(side),
  );
}
