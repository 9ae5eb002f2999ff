import type { InsertStmt, Node, ResTarget } from '../../sql/postgres/tree.ts';

/** The columns that a statement writes. */
export interface Assigned {
  /** It changes rows that are there: columns that are not named stay as they are. */
  readonly isUpdate: boolean;
  /** Undefined: the first `count` of the relation, or all if that is not known. */
  readonly names: readonly string[] | undefined;
  readonly count?: number | undefined;
  /** Places in the list at which DEFAULT stands in every row: it chooses nothing. */
  readonly defaults: ReadonlySet<number>;
  /** Places at which DEFAULT stands in some row. Absent: those of `defaults`. */
  readonly someDefaults?: ReadonlySet<number>;
  /** Columns of which only a part is assigned: an element, a field. */
  readonly parts?: ReadonlySet<string>;
}

/** `SET a = 1, b = DEFAULT`. */
export function assignedBySet(list: readonly Node[] = []): Assigned {
  const defaults = list.flatMap((node, index) =>
    'ResTarget' in node && isSetToDefault(node.ResTarget) ? [index] : [],
  );
  const parts = list.filter(
    (node) => 'ResTarget' in node && node.ResTarget.indirection !== undefined,
  );
  return {
    isUpdate: true,
    names: namesOf(list),
    defaults: new Set(defaults),
    parts: new Set(namesOf(parts)),
  };
}

/**
 * `(a, b) VALUES (1, DEFAULT), (2, DEFAULT)`.
 *
 * @param lists Undefined where the rows come from elsewhere.
 * @param count Of the columns of the rows; undefined if that is not known.
 */
export function assignedByInsert(
  columns: readonly Node[] | undefined,
  lists: readonly (readonly Node[])[] | undefined,
  count: number | undefined,
): Assigned {
  const [first = [], ...others] = lists ?? [];
  const rows = [first, ...others];
  const places = [...first.keys()];
  const defaults = places.filter((index) => rows.every((row) => isDefault(row[index])));
  const someDefaults = places.filter((index) => rows.some((row) => isDefault(row[index])));
  return {
    isUpdate: false,
    names: columns && namesOf(columns),
    count,
    defaults: new Set(defaults),
    someDefaults: new Set(someDefaults),
  };
}

/**
 * Columns for which each new row brings a value that the statement chose.
 *
 * @param all Of the relation, in their order.
 */
export function givenByInsert(
  { cols, override }: InsertStmt,
  rows: readonly (readonly Node[])[] | undefined,
  { all, count = 0 }: { readonly all: readonly string[]; readonly count: number | undefined },
): ReadonlySet<string> {
  // What is written to identity columns is ignored.
  if (override === 'OVERRIDING_USER_VALUE') return new Set();
  const names = cols === undefined ? all.slice(0, count) : namesOf(cols);
  const isGiven = (index: number): boolean => rows?.some((row) => isDefault(row[index])) !== true;
  return new Set(names.filter((_, index) => isGiven(index)));
}

function namesOf(list: readonly Node[]): readonly string[] {
  return list.flatMap((node) => ('ResTarget' in node ? [node.ResTarget.name ?? ''] : []));
}

function isSetToDefault({ val, indirection }: ResTarget): boolean {
  if (val === undefined || indirection !== undefined) return false;
  if (!('MultiAssignRef' in val)) return isDefault(val);
  const { source, colno = 0 } = val.MultiAssignRef;
  if (source === undefined || !('RowExpr' in source)) return false;
  return isDefault(source.RowExpr.args?.[colno - 1]);
}

function isDefault(node: Node | undefined): boolean {
  return node !== undefined && 'SetToDefault' in node;
}
