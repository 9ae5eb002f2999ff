import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readRelations } from './relation-evidence.ts';
import type { SampledColumn, SampledRelation } from './sampled-relation.ts';

/** So many that looking at each together with each other would take minutes. */
const WARDS = 5_000;

function column(name: string): SampledColumn {
  const typeName = 'pg_catalog.int4';
  return { name, typeName, typeKind: 'b', comment: '', isUnique: false, values: [] };
}

function relation(
  name: string,
  columns: readonly string[],
  refersTo: readonly string[] = [],
): SampledRelation {
  return { schema: 'public', name, columns: columns.map(column), refersTo };
}

/** What a ward has, under names of its own. */
function ward(prefix: string): readonly SampledRelation[] {
  return [
    relation(`${prefix}_visits`, ['id', 'patient_id']),
    relation(`${prefix}_readings`, ['id', `${prefix}_visit_id`]),
    relation(`${prefix}_alarms`, ['at'], [`public.${prefix}_readings`]),
    relation(`${prefix}_rooms`, ['id', `${prefix}_ward_id`]),
    relation(`${prefix}_repairs`, [`${prefix}_room_id`]),
    relation(`${prefix}_staff`, ['ssn', 'email']),
    relation(`${prefix}_shifts`, ['at'], [`public.${prefix}_staff`, `public.${prefix}_rooms`]),
  ];
}

/** Which of them are about people, or refer to them. */
function namesOfPeople(relations: readonly SampledRelation[]): readonly string[] {
  return readRelations(relations)
    .filter(({ isAboutPeople, refersToPeople }) => isAboutPeople || refersToPeople)
    .map(({ relation: { name } }) => name);
}

/** The same words with other marks between them. */
function spell(words: readonly string[], index: number): string {
  return words.join(index.toString(2).replaceAll('0', '_').replaceAll('1', '-'));
}

describe('readRelations', () => {
  it('finds in a ward who refers to people, by keys and by names', () => {
    const expected = ['w_visits', 'w_readings', 'w_alarms', 'w_staff', 'w_shifts'];
    assert.deepEqual(namesOfPeople(ward('w')), expected);
  });

  it('finds the same in each of many wards as in one alone', () => {
    const names = Array.from({ length: WARDS }, (_, index) => `w${index}`);
    const expected = names.flatMap((name) => namesOfPeople(ward(name)));
    assert.equal(expected.length, 5 * WARDS);
    assert.deepEqual(namesOfPeople(names.flatMap(ward)), expected);
  });

  it('follows a long chain of references to its end, and one that leads to nobody', () => {
    const chain = (prefix: string): readonly SampledRelation[] =>
      Array.from({ length: 4 * WARDS }, (_, index) =>
        relation(`${prefix}${index}`, ['at'], [`public.${prefix}${index + 1}`]),
      );
    const patients = relation(`p${4 * WARDS}`, ['ssn', 'email']);
    const found = namesOfPeople([...chain('p'), ...chain('q'), patients]);
    assert.equal(found.length, 4 * WARDS + 1);
    assert(found.every((name) => name.startsWith('p')));
  });

  it('finds all that are called alike, however many refer to them', () => {
    const relations = Array.from({ length: 2 * WARDS }, (_, index) =>
      relation(spell(['ward', 'visit'], index), [spell(['ward', 'visit', 'id'], index)]),
    );
    const aboutPeople = relation('ward_visits', ['patient_id']);
    assert.deepEqual(namesOfPeople(relations), []);
    assert.equal(namesOfPeople([...relations, aboutPeople]).length, 2 * WARDS + 1);
  });

  it('follows names within a schema only, and no further than they go', () => {
    const visits = relation('visits', ['patient_id']);
    const readings = relation('readings', ['visit_id']);
    assert.deepEqual(namesOfPeople([visits, { ...readings, schema: 'other' }]), ['visits']);
    assert.deepEqual(namesOfPeople([visits, relation('readings', ['visits_id'])]), [
      'visits',
      'readings',
    ]);
    assert.deepEqual(namesOfPeople([visits, relation('readings', ['visit_at_id'])]), ['visits']);
  });
});
