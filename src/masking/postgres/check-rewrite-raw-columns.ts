import type { MaskingSelect } from './check-rewrite-masking-select.ts';
import {
  columnParts,
  forEachTree,
  isTree,
  listIn,
  namesIn,
  openAs,
  type Tree,
  textIn,
} from './check-rewrite-tree.ts';

/** `CURSOR_OPT_HOLD`: rows of such a cursor are stored when the transaction ends. */
const cursorOptionHold = 0x0020;

/** A masking sub-select that also shows free text as it is, and the name it goes by. */
interface RawSource {
  readonly alias: string;
  readonly columns: ReadonlySet<string>;
  readonly rawNames: readonly string[];
}

/**
 * Free text as it is may only be a plain output column of the outermost query, where the second net looks at it.
 *
 * @param sources The masking sub-selects of the statement that show raw columns; at least one.
 * @returns Why a raw column could get elsewhere; undefined if it cannot.
 */
export function findRawColumnLeak(
  statement: unknown,
  sources: readonly MaskingSelect[],
): string | undefined {
  const select = outermostSelect(statement);
  if (select === undefined)
    return 'free text is shown raw where its rows are not sent to the client';
  const found = sources.map((source) => findSource(listIn(select, 'fromClause'), source));
  const named = found.filter((source) => source !== undefined);
  if (named.length < found.length) return 'free text is shown raw below the outermost FROM';

  const targets = listIn(select, 'targetList').map((item) => openAs(item, 'ResTarget') ?? {});
  const outputs = targets.filter((target) => isRawOutput(target, named));
  if (isSorted(select, targets, outputs)) return 'the result is sorted by raw free text';
  if (targets.some(({ val }) => columnParts(val)?.join('.') === '*')) {
    return 'a star shows raw free text a second time';
  }
  const names = named.flatMap(({ rawNames }) => rawNames);
  if (new Set(names).size < names.length && hasNaturalJoin(select)) {
    return 'a natural join compares raw free text';
  }
  if (countNames(statement, new Set(names)) > outputs.length + names.length) {
    return 'the name of a raw column has another use';
  }
  // What stands within the sub-selects themselves has been compared with the plan.
  const masking = new Set(sources.map(({ select: inner }) => inner));
  return findOtherUse({ statement, sources: named, outputs, masking });
}

function hasNaturalJoin(select: Tree): boolean {
  let isFound = false;
  forEachTree(select, (tree) => {
    if (tree['isNatural'] === true) isFound = true;
  });
  return isFound;
}

/** The query whose rows go to the client as it produces them. */
function outermostSelect(statement: unknown): Tree | undefined {
  const cursor = openAs(statement, 'DeclareCursorStmt');
  if (cursor !== undefined) {
    const { options } = cursor;
    if (typeof options !== 'number' || (options & cursorOptionHold) !== 0) return undefined;
  }
  // EXPLAIN shows no rows at all.
  const explain = openAs(statement, 'ExplainStmt');
  const select = openAs(cursor?.['query'] ?? explain?.['query'] ?? statement, 'SelectStmt');
  if (select?.['op'] !== 'SETOP_NONE') return undefined;
  const forbidden = ['distinctClause', 'groupClause', 'havingClause', 'intoClause', 'valuesLists'];
  return forbidden.some((key) => select[key] !== undefined) ? undefined : select;
}

/** Finds the sub-select in FROM, where no join hides it behind a name of its own. */
function findSource(from: readonly unknown[], source: MaskingSelect): RawSource | undefined {
  for (const item of from) {
    const join = openAs(item, 'JoinExpr');
    if (join !== undefined && join['alias'] === undefined) {
      const inJoin = findSource([join['larg'], join['rarg']], source);
      if (inJoin !== undefined) return inJoin;
    }
    const range = openAs(item, 'RangeSubselect');
    if (range === undefined || openAs(range['subquery'], 'SelectStmt') !== source.select) continue;
    const { alias } = range;
    if (!isTree(alias)) return undefined;
    const renamed = namesIn(listIn(alias, 'colnames')) ?? [];
    // Names go by position: one too many would rename the raw column.
    if (renamed.length > source.columns.length) return undefined;
    const columns = new Set([...renamed, ...source.columns.slice(renamed.length)]);
    if (source.rawNames.some((name) => columns.has(name))) return undefined;
    return { alias: textIn(alias, 'aliasname'), columns, rawNames: source.rawNames };
  }
  return undefined;
}

function isRawOutput(target: Tree, sources: readonly RawSource[]): boolean {
  const parts = columnParts(target['val']);
  if (parts === undefined || parts.length > 2 || target['indirection'] !== undefined) return false;
  const name = parts.at(-1) ?? '';
  return sources.some(
    ({ alias, rawNames }) =>
      rawNames.includes(name) && (parts.length === 1 || parts.at(0) === alias),
  );
}

/** ORDER BY takes a bare name or number for an output column, which may be a raw one. */
function isSorted(select: Tree, targets: readonly Tree[], outputs: readonly Tree[]): boolean {
  const labels = new Set(
    outputs.map((target) => {
      const label = textIn(target, 'name');
      return label === '' ? columnParts(target['val'])?.at(-1) : label;
    }),
  );
  const hasStar = targets.some(({ val }) => columnParts(val)?.at(-1) === '*');
  return listIn(select, 'sortClause').some((item) => {
    const node = openAs(item, 'SortBy')?.['node'];
    const parts = columnParts(node);
    if (parts?.length === 1 && labels.has(parts[0])) return true;
    const place = openAs(node, 'A_Const')?.['ival'];
    if (!isTree(place)) return false;
    const index = place['ival'];
    const target = typeof index === 'number' ? targets[index - 1] : undefined;
    return outputs.length > 0 && (hasStar || target === undefined || outputs.includes(target));
  });
}

/** A reference, anywhere, that could reach a raw column otherwise than as an output. */
function findOtherUse({
  statement,
  sources,
  outputs,
  masking,
}: {
  readonly statement: unknown;
  readonly sources: readonly RawSource[];
  readonly outputs: readonly Tree[];
  readonly masking: ReadonlySet<Tree>;
}): string | undefined {
  const allowed = new Set(outputs.map(({ val }) => val));
  let leak: string | undefined;
  const see = (tree: Tree): void => {
    const parts = columnParts(tree);
    if (parts === undefined || allowed.has(tree)) return;
    for (const source of sources) {
      if (parts.some((part) => source.rawNames.includes(part))) {
        leak ??= 'raw free text is used in an expression';
      } else if (isRowOf(parts, source)) {
        leak ??= 'a whole row holds raw free text';
      }
    }
  };
  forEachTree(statement, see, masking);
  return leak;
}

/** `n`, `n.*`, or `n.f` with an `f` that is no column: a call with the row as its argument. */
function isRowOf(parts: readonly string[], { alias, columns }: RawSource): boolean {
  const name = parts.at(-1) ?? '';
  if (parts.length === 1) return name === alias && !columns.has(name);
  return parts.at(-2) === alias && !columns.has(name);
}

/** How often the names of raw columns stand anywhere in the tree, in whatever role. */
function countNames(statement: unknown, names: ReadonlySet<string>): number {
  let count = 0;
  forEachTree(statement, (tree) => {
    for (const value of Object.values(tree)) {
      if (typeof value === 'string' && names.has(value)) count += 1;
    }
  });
  return count;
}
