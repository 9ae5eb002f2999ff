import { type BodyOf, type Node, stringsOf } from '../sql/postgres/tree.ts';
import type { LineageColumn } from './classify-lineage.ts';
import type { FromItem, Scope } from './classify-scope.ts';

type SelectStmt = BodyOf<'SelectStmt'>;
type WindowDef = BodyOf<'WindowDef'>;

/**
 * What the rows of a query are sorted, grouped or told apart by, and what is asked of groups of them: where each comes, and how many there
 * are, says how they compare.
 *
 * @param scope Has what is in the query's FROM clause.
 */
export function rowKeysOf(select: SelectStmt, scope: Scope): readonly Node[] {
  const { groupClause = [], sortClause = [], distinctClause = [], havingClause } = select;
  // DISTINCT without ON is a list of one that says nothing.
  const isPlain = distinctClause.some((node) => Object.keys(node).length === 0);
  const told = isPlain ? (select.targetList ?? []) : distinctClause;
  const asked = havingClause === undefined ? [] : [havingClause];
  const windows = windowsIn([select.targetList, sortClause, select.windowClause]);
  return [
    ...groupedBy(groupClause, scope),
    ...withoutKnown(sortClause, scope),
    ...withoutKnown(told, scope),
    ...asked,
    ...windows.flatMap(windowKeysOf),
  ];
}

/** Of the columns of a set operation, those by which its rows are sorted; definitions have their numbers. */
export function sortedColumnsOf(
  { sortClause = [] }: SelectStmt,
  columns: readonly LineageColumn[],
): readonly LineageColumn[] {
  return sortClause.flatMap((key) => {
    const node = 'SortBy' in key ? key.SortBy.node : undefined;
    const place = node !== undefined && 'A_Const' in node ? node.A_Const.ival?.ival : undefined;
    return place === undefined ? columns : columns.slice(place - 1, place);
  });
}

/** What the rows of a window are divided and sorted by. */
export function windowKeysOf(window: WindowDef | undefined): readonly Node[] {
  return [...(window?.partitionClause ?? []), ...(window?.orderClause ?? [])];
}

function groupedBy(groups: readonly Node[], scope: Scope): readonly Node[] {
  if (groups.some((node) => 'GroupingSet' in node)) return groups.flatMap(groupedIn);
  // By a primary key alone, wherever it stands: the server itself leaves out what follows from it.
  const isOfKey = (node: Node): boolean => {
    const { item, column = '' } = findColumn(node, scope) ?? {};
    return item?.relation?.primaryKey.includes(column) === true;
  };
  const others = groups.filter((node) => !isOfKey(node));
  return withoutKnown([...groups.filter(isOfKey), ...others], scope);
}

function groupedIn(node: Node): readonly Node[] {
  return 'GroupingSet' in node ? (node.GroupingSet.content ?? []).flatMap(groupedIn) : [node];
}

/** Windows of a query's own, and none of those within it. */
function windowsIn(value: unknown): readonly WindowDef[] {
  if (Array.isArray(value)) return value.flatMap(windowsIn);
  if (typeof value !== 'object' || value === null || 'SelectStmt' in value) return [];
  const node = value as Node;
  const own =
    'WindowDef' in node ? node.WindowDef : 'FuncCall' in node ? node.FuncCall.over : undefined;
  return [...(own === undefined ? [] : [own]), ...Object.values(value).flatMap(windowsIn)];
}

/** Leaves out columns of a table of which the primary key stands before them: rows that have that in common hold the same row of it. */
function withoutKnown(keys: readonly Node[], scope: Scope): readonly Node[] {
  const before = new Map<FromItem, Set<string>>();
  return keys.filter((key) => {
    const { item, column = '' } = findColumn(key, scope) ?? {};
    if (item?.relation === undefined) return true;
    const { primaryKey, kind, children } = item.relation;
    const seen = before.get(item) ?? new Set();
    before.set(item, seen.add(column));
    // Children of a table have rows of their own with the same key.
    const isUnique = primaryKey.length > 0 && (kind === 'p' || children.length === 0);
    return !isUnique || primaryKey.includes(column) || !primaryKey.every((name) => seen.has(name));
  });
}

/** The column that a key is, and what it is of; undefined for an expression. */
function findColumn(
  key: Node,
  scope: Scope,
): { readonly item: FromItem; readonly column: string } | undefined {
  const node = 'SortBy' in key ? key.SortBy.node : 'ResTarget' in key ? key.ResTarget.val : key;
  if (node === undefined || !('ColumnRef' in node)) return undefined;
  const { fields = [] } = node.ColumnRef;
  if (!fields.every((field) => 'String' in field)) return undefined;
  const names = stringsOf(fields);
  const owner = names.slice(0, -1);
  const [only, ...more] = scope.items;
  const item = owner.length > 0 ? scope.getItem(owner) : more.length === 0 ? only : undefined;
  const [source] = scope.resolveColumn(names).sources.values();
  return item && source && { item, column: source.column };
}
