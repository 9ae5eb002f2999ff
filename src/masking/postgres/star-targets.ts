import type { ColumnRef, Node } from '../../sql/postgres/tree.ts';
import { noteReference, stripSchema } from './column-references.ts';
import { noteOutward } from './equal-rows.ts';
import type { Columns } from './from-items.ts';
import { type Entry, findMeanings, type QueryLevel } from './query-levels.ts';
import { quoteName } from './quoted-name.ts';
import { RewriteRefusal } from './rewrite-refusal.ts';
import { fieldsOf, type StatementState } from './statement-state.ts';
import { formatTargetColumns } from './target-references.ts';

/** Where a `*` stands. */
export interface StarPlace {
  /** The list it is an item of. */
  readonly list: Node[];
  readonly node: Node;
  readonly level: QueryLevel;
  /** What `*` alone stands for at this level. */
  readonly star: Columns;
}

/** Takes `*` or `p.*` in a select list; it is written out if a subquery shows more than the relation's own columns. */
export function takeStar(
  statement: StatementState,
  reference: ColumnRef,
  place: StarPlace,
): Columns {
  const fields = fieldsOf(reference);
  if (fields.length > 1) return takeRowStar(statement, reference, place);
  const { level, star } = place;
  const shown = level.entries.filter(({ isQualifiedOnly }) => !isQualifiedOnly);
  if (!statement.isInCondition) for (const { masked } of shown) masked?.used.add('*');
  statement.decisions.push(() => {
    if (!shown.some((entry) => needsWriting(statement, entry))) return;
    if (level.mergesColumns) {
      throw new RewriteRefusal(
        'a star stands beside a system column in a join with USING, NATURAL or an alias',
        'Write out the columns in place of the star.',
      );
    }
    const list = shown.map((entry) => formatColumns(statement, entry, place.node)).join(', ');
    const isImplied = reference.location === undefined || reference.location < 0;
    const [only] = shown;
    if (isImplied && only?.masked !== undefined) {
      only.masked.starText = list;
      replaceInTree(statement, place, list);
    } else replaceStar(statement, { reference, place, list });
  });
  return star;
}

function takeRowStar(statement: StatementState, reference: ColumnRef, place: StarPlace): Columns {
  const [first, ...more] = findMeanings(place.level, fieldsOf(reference));
  if (first === undefined || more.length > 0) {
    noteReference(statement, { node: { ColumnRef: reference }, reference, level: place.level });
    return undefined;
  }
  const { entry } = first;
  noteOutward(statement, place.level, [first]);
  if (!statement.isInCondition) entry.masked?.used.add('*');
  statement.decisions.push(() => {
    if (needsWriting(statement, entry))
      replaceStar(statement, {
        reference,
        place,
        list: formatColumns(statement, entry, place.node),
      });
    else if (fieldsOf(reference).length > 2) stripSchema(statement, reference, place.level);
  });
  return entry.columns;
}

/** Whether `*` would show what the statement did not ask for, or may not see. */
function needsWriting({ outputOverrides }: StatementState, entry: Entry): boolean {
  const { masked, target, columns } = entry;
  if (masked?.hasExtraColumns === true || target?.isMasked === true) return true;
  // Raw columns are known by their place in the result: it may not move if a table has changed since the catalog was read.
  return outputOverrides.size > 0 && columns !== undefined;
}

/** `p.*`, or the columns that it stood for before others were added. */
function formatColumns(statement: StatementState, entry: Entry, node: Node): string {
  const raw = statement.rawStars.get(node);
  const { alias: name, masked, target, columns } = entry;
  if (name === undefined) {
    throw new RewriteRefusal(
      'a star stands for the columns of something without a name',
      'Give every item of FROM an alias.',
    );
  }
  if (target?.isMasked === true) return formatTargetColumns(target, name);
  const alias = quoteName(name);
  const mayMove = masked?.hasExtraColumns !== true && statement.outputOverrides.size === 0;
  if (columns === undefined || mayMove) return `${alias}.*`;
  const shown = columns.map((column) => {
    const hidden = masked?.rawColumns.get(column.output.column);
    if (hidden === undefined || raw?.has(`${name}.${column.name}`) !== true)
      return `${alias}.${quoteName(column.name)}`;
    return `${alias}.${quoteName(hidden)} AS ${quoteName(column.name)}`;
  });
  return shown.join(', ');
}

interface StarReplacement {
  readonly reference: ColumnRef;
  readonly place: StarPlace;
  readonly list: string;
}

function replaceStar(statement: StatementState, { reference, place, list }: StarReplacement): void {
  const { source, edits, fragments } = statement.text;
  const first = source.tokenAt(reference.location);
  const end = source.endOfName(first);
  const span = { start: source.spanAt(first).start, end: source.spanAt(end - 1).end };
  const nodes = fragments.targets(list);
  edits.add(span, list, () => {
    place.list.splice(place.list.indexOf(place.node), 1, ...nodes);
  });
}

function replaceInTree(statement: StatementState, place: StarPlace, list: string): void {
  const nodes = statement.text.fragments.targets(list);
  place.list.splice(place.list.indexOf(place.node), 1, ...nodes);
}
