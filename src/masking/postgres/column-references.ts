import type { ColumnRef } from '../../sql/postgres/tree.ts';
import { noteOutward } from './equal-rows.ts';
import { checkField } from './function-check.ts';
import { checkLockers } from './hidden-references.ts';
import { hideKeyed, noteKeyedRow } from './keyed-references.ts';
import {
  type Entry,
  findMeanings,
  hasColumn,
  levelsFrom,
  type Meaning,
  type QueryLevel,
  SYSTEM_COLUMNS,
} from './query-levels.ts';
import { quoteName } from './quoted-name.ts';
import { RewriteRefusal } from './rewrite-refusal.ts';
import { fieldsOf, type StatementState } from './statement-state.ts';
import {
  handleTargetReference,
  masksDomain,
  type PlacedReference,
  replaceReference,
} from './target-references.ts';

/**
 * Notes what a column reference asks of the subqueries around it, and takes a schema off it that would no longer find them.
 *
 * @throws {RewriteRefusal}
 */
export function noteReference(statement: StatementState, placed: PlacedReference): void {
  const { reference, level } = placed;
  const fields = fieldsOf(reference);
  const column = fields.at(-1) ?? '*';
  const meanings = findMeanings(level, fields);
  if (column === 'xmax') checkLockers(statement, meanings);
  if (handleTargetReference(statement, placed)) return;
  noteOutward(statement, level, meanings);
  if (fields.length > 1 && column !== '*') checkFieldOf(statement, meanings, column);
  for (const { entry, column: meant } of meanings) noteUse(statement, entry, meant);
  // In doubt it may also be the row of anything of that name.
  const row = column === '*' ? fields.at(-2) : column;
  for (const { entries } of levelsFrom(level)) {
    for (const entry of entries) if (entry.alias === row) noteRow(statement, entry, fields);
  }
  if (hideKeyed(statement, placed, meanings)) return;
  if (fields.length > 2) stripSchema(statement, reference, level);
  const isRowArgument = placed.isArgument === true && fields.length === 2 && column === '*';
  if (isRowArgument || (fields.length === 1 && placed.isFieldOnly !== true))
    keepRowType(statement, placed, meanings);
}

/**
 * A subquery's row is of no type of its own; the relation's was: `p` becomes `ROW(p.a, p.b)::relation`, or NULL where an outer join
 * found nothing. Where a mask stands in a column of a domain it stays as it is, for the domain's checks need not hold for the mask.
 */
function keepRowType(
  statement: StatementState,
  placed: PlacedReference,
  meanings: readonly Meaning[],
): void {
  const [meaning, ...more] = meanings;
  if (meaning === undefined || more.length > 0 || meaning.column !== '*') return;
  const { alias = '', masked, columns } = meaning.entry;
  if (masked === undefined || columns === undefined) return;
  // Rows of a sequence are of no type.
  if (masked.relation.relation.kind === 'S' || masksDomain(statement, masked.relation)) return;
  const { schema, name } = masked.relation.relation;
  const row = quoteName(alias);
  const values = columns.map((column) => `${row}.${quoteName(column.name)}`).join(', ');
  const type = `${quoteName(schema)}.${quoteName(name)}`;
  const text = `(CASE WHEN ${row} IS DISTINCT FROM NULL THEN ROW(${values})::${type} END)`;
  replaceReference(statement, placed, text);
}

/** A name of a row that is not certainly a column's, at whatever level. */
function noteRow(statement: StatementState, entry: Entry, fields: readonly string[]): void {
  const column = fields.at(-1) ?? '*';
  const isColumn = column !== '*' && entry.columns?.some(({ name }) => name === column) === true;
  if (isColumn || SYSTEM_COLUMNS.has(column)) return;
  noteUse(statement, entry, '*');
  noteKeyedRow(statement, entry);
}

function noteUse(statement: StatementState, entry: Entry, column: string): void {
  const { masked, columns, members, renamesMembers } = entry;
  const isFollowed = !renamesMembers && columns?.some(({ name }) => name === column) === true;
  for (const member of members) {
    if (!isFollowed) noteUse(statement, member, '*');
    else if (hasColumn(member, column) !== false) noteUse(statement, member, column);
  }
  if (masked === undefined) return;
  const name = originalName(entry, column);
  if (!statement.isInCondition) masked.used.add(name);
  if (name === '*') masked.isUsedWhole = true;
  if (SYSTEM_COLUMNS.has(column)) masked.systemColumns.add(column);
}

/** What the relation calls it, whatever the aliases of its columns. What is no column stands for the whole row. */
function originalName({ columns }: Entry, column: string): string {
  const known = columns?.find(({ name }) => name === column);
  if (known !== undefined) return known.output.column;
  return SYSTEM_COLUMNS.has(column) ? column : '*';
}

/** `p.f` calls f(p) if p has no column f. */
function checkFieldOf(
  statement: StatementState,
  meanings: readonly { readonly column: string; readonly known: unknown }[],
  name: string,
): void {
  const isColumn =
    meanings.length > 0 &&
    meanings.every(({ column, known }) => known !== undefined || SYSTEM_COLUMNS.has(column));
  if (!isColumn) checkField(statement, name);
}

/** `schema.relation.column` does not find a subquery; `relation.column` does. */
export function stripSchema(
  statement: StatementState,
  reference: ColumnRef,
  level: QueryLevel,
): void {
  const fields = fieldsOf(reference);
  const [schema, table] = [fields.at(-3), fields.at(-2)];
  const isMasked = levelsFrom(level).some(({ entries }) =>
    entries.some(
      (entry) => entry.masked !== undefined && entry.alias === table && entry.schema === schema,
    ),
  );
  if (!isMasked) return;
  if (fields.length > 4) throw new RewriteRefusal('a column is named with too many parts');
  const { source, edits } = statement.text;
  const first = source.tokenAt(reference.location);
  let kept = first;
  for (let part = 0; part < fields.length - 2; part++) kept = source.endOfPart(kept) + 1;
  edits.add({ start: source.spanAt(first).start, end: source.spanAt(kept).start }, '', () => {
    reference.fields?.splice(0, fields.length - 2);
  });
}
