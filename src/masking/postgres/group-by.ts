import type { ColumnRef, FuncCall, Node, SelectStmt } from '../../sql/postgres/tree.ts';
import { constantInteger, stringsOf } from '../../sql/postgres/tree.ts';
import { type Entry, findMeanings, type QueryLevel } from './query-levels.ts';
import { quoteName } from './quoted-name.ts';
import { fieldsOf, type StatementState } from './statement-state.ts';

/** Aggregates: columns in their arguments need no grouping. */
const AGGREGATES: ReadonlySet<string> = new Set(
  `any_value array_agg avg bit_and bit_or bit_xor bool_and bool_or corr count covar_pop covar_samp every json_agg json_object_agg
  jsonb_agg jsonb_object_agg max min range_agg range_intersect_agg regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope
  regr_sxx regr_sxy regr_syy stddev stddev_pop stddev_samp string_agg sum var_pop var_samp variance xmlagg`.split(
    /\s+/,
  ),
);

/** OIDs of types without equality: json, xml, point, polygon. */
const INCOMPARABLE: ReadonlySet<number> = new Set([114, 142, 600, 604]);

/**
 * Adds to GROUP BY what the server took to follow from a primary key while the relation was no subquery:
 * `SELECT name FROM t GROUP BY id`. Such columns are the same in all rows of a group, so the groups stay as they are.
 */
export function rewriteGroups(
  statement: StatementState,
  select: SelectStmt,
  level: QueryLevel,
): void {
  const { groupClause = [], groupDistinct } = select;
  const [first] = groupClause;
  if (first === undefined || groupDistinct === true) return;
  const columnsOf = (node: Node): readonly string[] => groupedColumn(select, level, node);
  const grouped = new Set(groupClause.flatMap((node) => inEverySet(node, columnsOf)));
  // A column of some sets only is null in the rows of the others: it may not come into all of them.
  const inSomeSet = new Set(groupClause.flatMap((node) => inAnySet(node, columnsOf)));
  if (groupClause.some((node) => constantInteger(node) !== undefined)) {
    statement.text.dependsOnLiterals = true;
  }
  const added = level.entries.flatMap((entry) => {
    if (!hasKeyIn(entry, grouped)) return [];
    const needed = new Set<string>();
    collect([select.targetList, select.havingClause, select.sortClause], { level, entry, needed });
    // A whole row is put together of its columns.
    if (needed.has('*')) for (const { name } of entry.columns ?? []) needed.add(name);
    return [...needed]
      .filter((column) => !inSomeSet.has(keyOf(entry, column)))
      .flatMap((column) => formatGroup(entry, column));
  });
  if (added.length === 0) return;
  const { source, edits, fragments } = statement.text;
  const position = source.positionAfterGroupBy(firstLocation(first));
  const nodes = fragments.groups(added.join(', '));
  edits.add({ start: position, end: position }, ` ${added.join(', ')},`, () => {
    select.groupClause?.unshift(...nodes);
  });
}

/** Columns that an item of GROUP BY brings into every grouping set. ROLLUP and CUBE make a set without any. */
function inEverySet(node: Node, columnsOf: (node: Node) => readonly string[]): readonly string[] {
  if ('RowExpr' in node) return (node.RowExpr.args ?? []).flatMap(columnsOf);
  if (!('GroupingSet' in node)) return columnsOf(node);
  const { kind, content = [] } = node.GroupingSet;
  if (kind !== 'GROUPING_SET_SETS') return [];
  const [first = [], ...more] = content.map((set) => inEverySet(set, columnsOf));
  return first.filter((column) => more.every((set) => set.includes(column)));
}

function inAnySet(node: Node, columnsOf: (node: Node) => readonly string[]): readonly string[] {
  if ('RowExpr' in node) return (node.RowExpr.args ?? []).flatMap(columnsOf);
  if (!('GroupingSet' in node)) return columnsOf(node);
  return (node.GroupingSet.content ?? []).flatMap((set) => inAnySet(set, columnsOf));
}

/** Names of the entry and the column under which the statement knows them. */
function keyOf(entry: Entry, column: string): string {
  return `${entry.alias ?? ''}\0${column}`;
}

/** The column that an item of GROUP BY stands for: by itself, by an output column's name or by its number. */
function groupedColumn(select: SelectStmt, level: QueryLevel, node: Node): readonly string[] {
  const place = constantInteger(node);
  if (place !== undefined) {
    const target = select.targetList?.[place - 1];
    const val = target !== undefined && 'ResTarget' in target ? target.ResTarget.val : undefined;
    return val !== undefined && 'ColumnRef' in val ? columnsNamed(level, val.ColumnRef) : [];
  }
  if (!('ColumnRef' in node)) return [];
  const found = columnsNamed(level, node.ColumnRef);
  if (found.length > 0) return found;
  const name = fieldsOf(node.ColumnRef).at(-1);
  for (const target of select.targetList ?? []) {
    if (!('ResTarget' in target) || target.ResTarget.name !== name) continue;
    const { val } = target.ResTarget;
    if (val !== undefined && 'ColumnRef' in val) return columnsNamed(level, val.ColumnRef);
  }
  return [];
}

function columnsNamed(level: QueryLevel, reference: ColumnRef): readonly string[] {
  return findMeanings(level, fieldsOf(reference)).flatMap(({ entry, column, known }) =>
    known === undefined ? [] : [keyOf(entry, column)],
  );
}

/** As for the server, a primary key only: in a group by another unique key several rows may be together that have none. */
function hasKeyIn(entry: Entry, grouped: ReadonlySet<string>): boolean {
  const { primaryKey = [] } = entry.masked?.relation.relation ?? {};
  return (
    primaryKey.length > 0 &&
    primaryKey.every((column) => grouped.has(keyOf(entry, nameInEntry(entry, column) ?? '')))
  );
}

/** `AS p(a, b)` may have given a column another name. */
function nameInEntry(entry: Entry, column: string): string | undefined {
  return entry.columns?.find(({ output }) => output.column === column)?.name;
}

interface Search {
  readonly level: QueryLevel;
  readonly entry: Entry;
  /** Names of columns; `*` for the whole row. */
  readonly needed: Set<string>;
}

/** Finds the columns of the entry that stand outside of aggregates. */
function collect(value: unknown, search: Search): void {
  if (typeof value !== 'object' || value === null) return;
  if ('FuncCall' in value && isAggregate(value.FuncCall as FuncCall)) return;
  if ('ResTarget' in value) {
    const { val } = value.ResTarget as { val?: Node };
    if (val !== undefined && 'ColumnRef' in val && fieldsOf(val.ColumnRef).at(-1) === '*') {
      collectStar(fieldsOf(val.ColumnRef), search);
      return;
    }
  }
  if ('ColumnRef' in value) {
    for (const meaning of findMeanings(search.level, fieldsOf(value.ColumnRef as ColumnRef)))
      if (meaning.entry === search.entry) search.needed.add(meaning.column);
    return;
  }
  for (const child of Object.values(value)) collect(child, search);
}

function collectStar(fields: readonly string[], { level, entry, needed }: Search): void {
  const isMeant =
    fields.length === 1 || findMeanings(level, fields).some((meaning) => meaning.entry === entry);
  if (isMeant) for (const { name } of entry.columns ?? []) needed.add(name);
}

function isAggregate(call: FuncCall): boolean {
  if (call.over !== undefined) return false;
  if (call.agg_star === true || call.agg_distinct === true || call.agg_within_group === true)
    return true;
  if (call.agg_filter !== undefined || call.agg_order !== undefined) return true;
  return AGGREGATES.has(stringsOf(call.funcname).at(-1) ?? '');
}

function formatGroup(entry: Entry, column: string): readonly string[] {
  if (column === '*') return [quoteName(entry.alias ?? '')];
  const own = entry.columns?.find(({ name }) => name === column)?.output.column;
  const { attributes = [] } = entry.masked?.relation.relation ?? {};
  const type = attributes.find(({ name }) => name === own)?.typeOid ?? 0;
  if (INCOMPARABLE.has(type)) return [];
  return [`${quoteName(entry.alias ?? '')}.${quoteName(column)}`];
}

/** The smallest location of anything in the node. */
function firstLocation(value: unknown): number {
  if (typeof value !== 'object' || value === null) return Number.POSITIVE_INFINITY;
  let first = Number.POSITIVE_INFINITY;
  for (const [key, child] of Object.entries(value)) {
    const isPlace = key === 'location' && typeof child === 'number' && child >= 0;
    first = Math.min(first, isPlace ? child : firstLocation(child));
  }
  return first;
}
