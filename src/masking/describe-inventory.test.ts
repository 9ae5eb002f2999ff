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

test('names that are long as JSON do not make it longer than an entry may be', () => {
  const long = '\u0001'.repeat(60);
  const names = Array.from({ length: 200 }, (_, index) => `${long}${index}`);
  const catalog = catalogOf([table(1, `public.patients name ${names.join(' ')}`)]);
  const dataMap = dataMapOf({ 'public.patients.name': 'name' });
  const classification = classifier.classify(catalog, {
    dataMap,
    functionsAllowed: new Set<string>(),
  });
  const inventory = describeInventory(catalog, classification);
  assert.equal(inventory.unmapped.count, 200);
  assert.ok(inventory.unmapped.first.length > 0);
  assert.ok(JSON.stringify(inventory).length < 20_000);
});
