/** A node of a parse tree, or a part of one, of which nothing is taken for granted. */
export type Tree = Readonly<Record<string, unknown>>;

/** Where something stood in the text: says nothing of what it means. */
const PLACES: ReadonlySet<string> = new Set([
  'location',
  'name_location',
  'list_start',
  'list_end',
  'rexpr_list_start',
  'rexpr_list_end',
  'stmt_location',
  'stmt_len',
]);

/** Whether `value` is an object: a node, or the fields of one. */
export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The list in that field; empty if there is none. */
export function listIn(tree: Tree, key: string): readonly unknown[] {
  const value = tree[key];
  return Array.isArray(value) ? value : [];
}

/** The text in that field; empty if there is none, as PostgreSQL's JSON leaves empty ones out. */
export function textIn(tree: Tree, key: string): string {
  const value = tree[key];
  return typeof value === 'string' ? value : '';
}

/** Fields of `value` if it is a node of that kind: `{ kind: { … } }`. */
export function openAs(value: unknown, kind: string): Tree | undefined {
  if (!isTree(value)) return undefined;
  const body = value[kind];
  return isTree(body) ? body : undefined;
}

/** The strings of a list that holds nothing but `String` nodes, a star being `*`; undefined for any other list. */
export function namesIn(list: readonly unknown[]): readonly string[] | undefined {
  const names: string[] = [];
  for (const item of list) {
    const string = openAs(item, 'String');
    if (string !== undefined) names.push(textIn(string, 'sval'));
    else if (openAs(item, 'A_Star') !== undefined) names.push('*');
    else return undefined;
  }
  return names;
}

/** The parts of a column reference, `['p', 'ssn']`; undefined for any other node. */
export function columnParts(value: unknown): readonly string[] | undefined {
  const reference = openAs(value, 'ColumnRef');
  return reference === undefined ? undefined : namesIn(listIn(reference, 'fields'));
}

/** Whether two trees say the same, wherever in a text they stand. */
export function isSameTree(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (Array.isArray(one)) {
    return (
      Array.isArray(other) &&
      one.length === other.length &&
      one.every((item, index) => isSameTree(item, other[index]))
    );
  }
  if (!isTree(one) || !isTree(other)) return false;
  for (const key of Object.keys(one)) {
    if (!isPlace(one, key) && !isSameTree(one[key], other[key])) return false;
  }
  return Object.keys(other).every((key) => isPlace(other, key) || key in one);
}

function isPlace(tree: Tree, key: string): boolean {
  return PLACES.has(key) && typeof tree[key] === 'number';
}

/** Calls `see` for every object of a tree, parents first; not for what is in `skipped`. */
export function forEachTree(
  value: unknown,
  see: (tree: Tree) => void,
  skipped?: ReadonlySet<Tree>,
): void {
  if (Array.isArray(value)) for (const item of value) forEachTree(item, see, skipped);
  else if (isTree(value) && skipped?.has(value) !== true) {
    see(value);
    for (const key of Object.keys(value)) forEachTree(value[key], see, skipped);
  }
}
