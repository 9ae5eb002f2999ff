import { type ColumnEvidence, readEvidence, shareOf } from './column-evidence.ts';
import { wordsOf } from './column-words.ts';
import type { SampledRelation } from './sampled-relation.ts';

/** What can be said of a relation by its columns together. */
export interface RelationEvidence {
  readonly relation: SampledRelation;
  readonly columns: readonly ColumnEvidence[];
  /** Several of its columns identify people: each row is somebody. */
  readonly isAboutPeople: boolean;
  /** A column of it says whose row it is, or it refers to a relation of which that is true, or that is about people. */
  readonly refersToPeople: boolean;
  /** Postal codes, by which towns can be told. */
  readonly zips: ColumnEvidence | undefined;
}

/** Classes of which two in a relation make it one about people. */
const IDENTIFYING: ReadonlySet<string> = new Set([
  'name',
  'address',
  'birth-date',
  'phone',
  'email',
  'ssn',
  'mrn',
  'health-plan-id',
  'license-number',
]);

const ZIP = /^\d{5}(?:-?\d{4})?$/;

/** Looks at relations together, in time that grows with what there is of them. */
export function readRelations(relations: readonly SampledRelation[]): readonly RelationEvidence[] {
  const read = relations.map(readRelation);
  const ofPeople = findOfPeople(read);
  return read.map((evidence) => ({
    ...evidence,
    refersToPeople: evidence.refersToPeople || ofPeople.has(nameOf(evidence.relation)),
  }));
}

/** The names of relations that are about people, refer to them, or to such a relation. */
function findOfPeople(read: readonly RelationEvidence[]): ReadonlySet<string> {
  const referrers = new Map<string, string[]>();
  for (const { relation } of read) {
    for (const link of linksFrom(relation)) addTo(referrers, link, nameOf(relation));
  }
  const links = new Map<string, string[]>();
  for (const { relation } of read) {
    for (const link of linksTo(relation)) addTo(links, nameOf(relation), link);
  }
  const ofPeople = new Set(
    read
      .filter(({ isAboutPeople, refersToPeople }) => isAboutPeople || refersToPeople)
      .map(({ relation }) => nameOf(relation)),
  );
  // What is added on the way is come to as well.
  for (const name of ofPeople) {
    for (const link of links.get(name) ?? []) {
      for (const referrer of referrers.get(link) ?? []) ofPeople.add(referrer);
      // Many relations may be found by the same words: who refers to one of them refers to all.
      referrers.delete(link);
    }
  }
  return ofPeople;
}

/** What a relation refers to: by foreign keys, and by names: `encounter_id` leads to `encounter` or `encounters` beside it. */
function linksFrom({ schema, columns, refersTo }: SampledRelation): ReadonlySet<string> {
  const stems = columns.flatMap(({ name }) => /^(.+) id$/.exec(wordsOf(name))?.[1] ?? []);
  return new Set([...refersTo.map(linkByKey), ...stems.map((stem) => linkByWords(schema, stem))]);
}

/** What a relation is referred to by. */
function linksTo(relation: SampledRelation): ReadonlySet<string> {
  const { schema, name } = relation;
  const words = wordsOf(name);
  return new Set([
    linkByKey(nameOf(relation)),
    linkByWords(schema, words),
    linkByWords(schema, words.replace(/s$/, '')),
  ]);
}

function linkByKey(name: string): string {
  return JSON.stringify([name]);
}

function linkByWords(schema: string, words: string): string {
  return JSON.stringify([schema, words]);
}

function nameOf({ schema, name }: SampledRelation): string {
  return `${schema}.${name}`;
}

function addTo(lists: Map<string, string[]>, key: string, value: string): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** Looks at a relation by itself. */
export function readRelation(relation: SampledRelation): RelationEvidence {
  const columns = relation.columns.map(readEvidence);
  const identifying = columns.filter(
    ({ named, shape }) =>
      (named !== undefined && named.words !== 'name' && IDENTIFYING.has(named.dataClass)) ||
      (shape?.isSure === true && IDENTIFYING.has(shape.dataClass)),
  );
  const refersToPeople = columns.some(({ isPersonReference }) => isPersonReference);
  return {
    relation,
    columns,
    isAboutPeople: identifying.length >= 2,
    refersToPeople,
    zips:
      columns.find(({ named }) => named?.dataClass === 'zip') ??
      columns.find((column) => looksLikeZips(column)),
  };
}

/** Five digits, some of them repeated, in few regions: not amounts. */
export function looksLikeZips({ family, present, distinct }: ColumnEvidence): boolean {
  if (family !== 'text' && family !== 'integer') return false;
  if (distinct < 5 || shareOf(present, (value) => ZIP.test(value)) < 0.95) return false;
  const regions = new Set(present.map((value) => value.slice(0, 2)));
  return distinct < present.length && regions.size <= Math.max(3, distinct / 4);
}

/** Rows of one postal code that must agree before it tells something. */
const AGREEING_ROWS_MIN = 10;

/** Whether rows of one postal code nearly always have the same value: then it is that of a place. */
export function dependsOnZip({ column }: ColumnEvidence, { zips }: RelationEvidence): boolean {
  if (zips === undefined) return false;
  const rowsOfZip = Map.groupBy(
    column.values.flatMap((value, index) => {
      const zip = zips.column.values[index];
      return value === null || value === '' || zip === null || zip === undefined
        ? []
        : [{ zip, value }];
    }),
    ({ zip }) => zip,
  );
  let rows = 0;
  let agreeing = 0;
  for (const group of rowsOfZip.values()) {
    if (group.length < 2) continue;
    rows += group.length;
    const counts = Map.groupBy(group, ({ value }) => value);
    agreeing += Math.max(...[...counts.values()].map(({ length }) => length));
  }
  return rows >= AGREEING_ROWS_MIN && agreeing / rows >= 0.9;
}
