import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EntryFields, LedgerPort } from '../../audit/ledger-port.ts';
import { catalogOf, classifier, dataMapOf, table } from '../../masking/classify.fixture.ts';
import type { TargetMasking } from '../../masking/target-masking.ts';
import { InventoryNotes } from './inventory-notes.ts';

const dataMap = dataMapOf({ 'public.patients.name': 'name' });

test('an inventory is entered once for as long as it stays the same', () => {
  const { notes, entries } = openNotes();
  const before = catalogOf([table(1, 'public.patients id name')]);
  notes.note('hospital', 'db', before);
  notes.note('hospital', 'db', catalogOf([table(1, 'public.patients id name')]));
  notes.note('hospital', 'db', catalogOf([table(1, 'public.patients id name ssn')]));
  notes.note('hospital', 'archive', before);
  assert.deepEqual(
    entries.map(({ kind, database, columns }) => [kind, database, columns]),
    [
      ['target.inventory', 'db', 2],
      ['target.inventory', 'db', 3],
      ['target.inventory', 'archive', 2],
    ],
  );
});

test('an inventory that the ledger did not take is entered at the next reading', () => {
  const { notes, entries, fail } = openNotes();
  const catalog = catalogOf([table(1, 'public.patients id name')]);
  fail(true);
  notes.note('hospital', 'db', catalog);
  fail(false);
  notes.note('hospital', 'db', catalog);
  assert.equal(entries.length, 1);
});

test('targets without a data map have no inventory', () => {
  const { notes, entries } = openNotes();
  notes.note('elsewhere', 'db', catalogOf([table(1, 'public.patients id name')]));
  assert.deepEqual(entries, []);
});

function openNotes(): {
  readonly notes: InventoryNotes;
  readonly entries: EntryFields[];
  readonly fail: (isFailing: boolean) => void;
} {
  const entries: EntryFields[] = [];
  let isFailing = false;
  const ledger: LedgerPort = {
    health: 'healthy',
    append(entry, _mode, done) {
      if (!isFailing) entries.push(entry);
      done(isFailing ? new Error('disk') : undefined);
    },
  };
  const masking = {
    classify: (catalog: Parameters<TargetMasking['classify']>[0]) =>
      classifier.classify(catalog, { dataMap, functionsAllowed: new Set<string>() }),
  } as TargetMasking;
  const find = (name: string): TargetMasking | undefined =>
    name === 'hospital' ? masking : undefined;
  return {
    notes: new InventoryNotes(ledger, find),
    entries,
    fail: (now) => {
      isFailing = now;
    },
  };
}
