import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalogOf, classifier, dataMapOf, table } from './classify.fixture.ts';
import { describeInventory } from './describe-inventory.ts';

test('columns are counted by class, and those that nobody decided on are named', () => {
  const catalog = catalogOf([
    table(1, 'public.patients id name born:date nickname'),
    table(2, 'public.wards id title'),
  ]);
  const dataMap = dataMapOf({
    'public.patients.id': 'none',
    'public.patients.name': 'name',
    'public.patients.born': 'birth-date',
  });
  const classification = classifier.classify(catalog, {
    dataMap,
    functionsAllowed: new Set<string>(),
  });
  assert.deepEqual(describeInventory(catalog, classification), {
    relations: 2,
    classifiedRelations: 1,
    columns: 6,
    classes: { name: 1, 'birth-date': 1, unmapped: 1 },
    unmapped: { count: 1, first: ['public.patients.nickname'] },
  });
});
