import type { Node, ResTarget, SelectStmt } from '../../sql/postgres/tree.ts';
import type { MaskedColumn } from '../mask-plan.ts';
import type { Columns } from './from-items.ts';
import { type Entry, type EntryColumn, findMeanings, type QueryLevel } from './query-levels.ts';
import { quoteName } from './quoted-name.ts';
import { fieldsOf, type StatementState } from './statement-state.ts';

/** An item of a select list, and what it adds to the result. */
export interface TakenTarget {
  readonly node: Node;
  readonly target: ResTarget;
  readonly columns: Columns;
}

/**
 * Shows free text and JSON as they are where they are plain output columns of the outermost query, for the second net to look
 * through; everywhere else, and in doubt, they are their redacted selves.
 */
export function offerRawColumns(
  statement: StatementState,
  select: SelectStmt,
  { level, targets }: { readonly level: QueryLevel; readonly targets: readonly TakenTarget[] },
): void {
  if (!isPlain(select) || level.mergesColumns || level.entries.some(hasTwins)) return;
  const sorted = sortedNames(select.sortClause);
  if (sorted === undefined) return;
  // The second net must know which column of the result is which.
  if (targets.some(({ columns }) => columns === undefined)) return;
  statement.rawDecisions.push(() => {
    let index = 0;
    for (const taken of targets) {
      if (taken.columns === undefined) return;
      offerTarget(statement, taken, { level, sorted, index });
      index += taken.columns.length;
    }
  });
}

/** Columns of one name cannot be written out. */
function hasTwins({ columns = [] }: Entry): boolean {
  return new Set(columns.map(({ name }) => name)).size < columns.length;
}

interface TargetPlace {
  readonly level: QueryLevel;
  /** Names of output columns that decide about the order. */
  readonly sorted: ReadonlySet<string>;
  /** Of the item's first column in the result. */
  readonly index: number;
}

function offerTarget(
  statement: StatementState,
  { node, target, columns = [] }: TakenTarget,
  { level, sorted, index }: TargetPlace,
): void {
  const { val } = target;
  if (val === undefined || !('ColumnRef' in val)) return;
  const fields = fieldsOf(val.ColumnRef);
  const isStar = fields.at(-1) === '*';
  const owners = isStar ? ownersOf(level, fields) : [];
  const shown = new Set<string>();
  for (const [place, column] of columns.entries()) {
    if (sorted.has(column.name)) continue;
    const entry = isStar ? owners[place] : ownerOf(level, fields);
    const masked = entry === undefined ? undefined : findInspected(entry, column);
    if (entry?.masked === undefined || masked?.inspect === undefined) continue;
    if (masked.inspect === 'json' && statement.isCursor) continue;
    if (!isStar && fields.length > 2) continue;
    const hidden = hiddenName(statement, entry, masked);
    const { output } = column;
    statement.outputOverrides.set(index + place, {
      ...output,
      masked: [],
      inspect: masked.inspect,
    });
    if (isStar) shown.add(`${entry.alias ?? ''}.${column.name}`);
    else replaceTarget(statement, target, `${quoteName(entry.alias ?? '')}.${quoteName(hidden)}`);
  }
  if (shown.size > 0) statement.rawStars.set(node, shown);
}

/** The raw column's name in the subquery. */
function hiddenName(statement: StatementState, { masked }: Entry, { name }: MaskedColumn): string {
  const known = masked?.rawColumns.get(name);
  if (known !== undefined) return known;
  const hidden = `raw_${statement.text.nonce}_${statement.text.rawColumnCount++}`;
  masked?.rawColumns.set(name, hidden);
  return hidden;
}

/** The mask of a column that the second net can look through, if nothing reads the row as a whole. */
function findInspected({ masked }: Entry, { output }: EntryColumn): MaskedColumn | undefined {
  if (masked === undefined || masked.isUsedWhole) return undefined;
  return masked.relation.columns.get(output.column);
}

function ownerOf(level: QueryLevel, fields: readonly string[]): Entry | undefined {
  const [first, ...more] = findMeanings(level, fields);
  if (first?.known === undefined || more.length > 0) return undefined;
  return level.entries.includes(first.entry) ? first.entry : undefined;
}

/** For each column that a star stands for, the entry it is from. */
function ownersOf(level: QueryLevel, fields: readonly string[]): readonly (Entry | undefined)[] {
  const entries =
    fields.length > 1
      ? findMeanings(level, fields).map(({ entry }) => entry)
      : level.entries.filter(({ isQualifiedOnly }) => !isQualifiedOnly);
  return entries.flatMap((entry) =>
    (entry.columns ?? []).map(() => (level.entries.includes(entry) ? entry : undefined)),
  );
}

function replaceTarget({ text }: StatementState, target: ResTarget, reference: string): void {
  const { source, edits, fragments } = text;
  const { val, name } = target;
  if (val === undefined || !('ColumnRef' in val)) return;
  const column = fieldsOf(val.ColumnRef).at(-1) ?? '';
  const first = source.tokenAt(val.ColumnRef.location);
  const end = source.endOfName(first);
  const span = { start: source.spanAt(first).start, end: source.spanAt(end - 1).end };
  const label = name === undefined ? ` AS ${quoteName(column)}` : '';
  const replaced = fragments.expression(reference);
  edits.add(span, `${reference}${label}`, () => {
    target.val = replaced;
    target.name = name ?? column;
  });
}

function isPlain(select: SelectStmt): boolean {
  return (
    select.distinctClause === undefined &&
    select.groupClause === undefined &&
    select.havingClause === undefined &&
    select.intoClause === undefined &&
    select.valuesLists === undefined &&
    select.larg === undefined
  );
}

/** Names by which ORDER BY may mean output columns; undefined if it may mean them by number. */
function sortedNames(sortClause: readonly Node[] | undefined): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  for (const item of sortClause ?? []) {
    const node = 'SortBy' in item ? item.SortBy.node : undefined;
    if (node === undefined || 'A_Const' in node) return undefined;
    if ('ColumnRef' in node) names.add(fieldsOf(node.ColumnRef).at(-1) ?? '*');
  }
  return names;
}
