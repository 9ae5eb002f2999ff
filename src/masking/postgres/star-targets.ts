import type { ColumnRef, Node } from 'libpg-query';
import { noteReference } from './column-references.ts';
import type { Columns } from './from-items.ts';
import { type Entry, findMeanings, levelsFrom, type QueryLevel } from './query-levels.ts';
import { quoteName } from './quoted-name.ts';
import { RewriteRefusal } from './rewrite-refusal.ts';
import { fieldsOf, type StatementState } from './statement-state.ts';

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
  const shown = level.entries.filter(({ isOutsideStar }) => !isOutsideStar);
  for (const { masked } of shown) masked?.used.add('*');
  statement.decisions.push(() => {
    if (!shown.some(({ masked }) => masked?.hasExtraColumns === true)) return;
    if (level.mergesColumns) {
      throw new RewriteRefusal(
        'a star stands beside a system column in a join with USING, NATURAL or an alias',
        'Write out the columns in place of the star.',
      );
    }
    const list = shown.map(formatColumns).join(', ');
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
  const meanings = findMeanings(place.level, fieldsOf(reference));
  noteReference(statement, reference, place.level);
  const [first, ...more] = meanings;
  if (first === undefined || more.length > 0) return undefined;
  const { entry } = first;
  statement.decisions.push(() => {
    if (entry.masked?.hasExtraColumns !== true) return;
    replaceStar(statement, { reference, place, list: formatColumns(entry) });
  });
  return entry.columns;
}

/** `p.*`, or the columns that it stood for before others were added. */
function formatColumns(entry: Entry): string {
  if (entry.alias === undefined) {
    throw new RewriteRefusal(
      'a star stands for the columns of something without a name',
      'Give every item of FROM an alias.',
    );
  }
  const alias = quoteName(entry.alias);
  if (entry.masked?.hasExtraColumns !== true || entry.columns === undefined) return `${alias}.*`;
  return entry.columns.map(({ name }) => `${alias}.${quoteName(name)}`).join(', ');
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

/** Whether a level or one around it shows the entry. */
export function isInSight(level: QueryLevel, entry: Entry): boolean {
  return levelsFrom(level).some(({ entries }) => entries.includes(entry));
}
