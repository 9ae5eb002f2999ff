import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeHospital, type TableRows } from './hospital.ts';

const hospital = makeHospital({ patients: 300, seed: 7 });

describe('makeHospital', () => {
  it('makes the same hospital from the same seed, another from another', () => {
    assert.deepEqual(makeHospital({ patients: 300, seed: 7 }), hospital);
    assert.notDeepEqual(makeHospital({ patients: 300, seed: 8 }), hospital);
  });

  it('lists tables so that each refers only to earlier ones', () => {
    assert.deepEqual(
      hospital.map(({ table }) => table.replace('public.', '')),
      ['departments', 'patients', 'encounters', 'notes', 'claims', 'vital_signs'],
    );
    const patients = new Set(columnOf('patients', 'id'));
    assert.equal(patients.size, 300);
    const encounters = new Set(columnOf('encounters', 'id'));
    for (const id of columnOf('encounters', 'patient_id')) assert.ok(patients.has(id));
    for (const id of columnOf('notes', 'encounter_id')) assert.ok(encounters.has(id));
    for (const id of columnOf('claims', 'encounter_id')) assert.ok(encounters.has(id));
  });

  it('gives every line as many fields as the table has columns', () => {
    for (const { columns, chunks } of hospital) {
      for (const line of lines(chunks)) assert.equal(line.split('\t').length, columns.length);
    }
  });

  it('uses only Social Security numbers that are never issued', () => {
    for (const ssn of columnOf('patients', 'ssn')) assert.match(ssn, /^9\d\d-[0-4]\d-\d{4}$/);
  });

  it('uses only telephone numbers and domains that are reserved for fiction', () => {
    for (const phone of columnOf('patients', 'phone')) assert.match(phone, /555-01\d\d$/);
    for (const email of columnOf('patients', 'email')) {
      assert.match(email, /^[a-z.-]+\d\d@example\.(com|org|net)$/);
    }
  });

  it('hides identifiers of the patient in the prose of most notes', () => {
    const names = new Map(zip(columnOf('patients', 'id'), columnOf('patients', 'last_name')));
    const patients = new Map(
      zip(columnOf('encounters', 'id'), columnOf('encounters', 'patient_id')),
    );
    const bodies = columnOf('notes', 'body');
    const named = zip(columnOf('notes', 'encounter_id'), bodies).filter(([encounter, body]) =>
      body.includes(names.get(patients.get(encounter) ?? '') ?? 'no such patient'),
    );
    assert.equal(named.length, bodies.length);
    assert.ok(bodies.some((body) => /SSN 9\d\d-\d\d-\d{4}/.test(body)));
    assert.ok(bodies.some((body) => body.includes('@example.')));
  });
});

function lines(chunks: readonly string[]): readonly string[] {
  return chunks.join('').trimEnd().split('\n');
}

function columnOf(name: string, column: string): readonly string[] {
  const rows: TableRows | undefined = hospital.find(({ table }) => table === `public.${name}`);
  assert(rows !== undefined);
  const index = rows.columns.indexOf(column);
  assert.notEqual(index, -1);
  return lines(rows.chunks).map((line) => line.split('\t')[index] ?? '');
}

function zip(left: readonly string[], right: readonly string[]): readonly [string, string][] {
  return left.map((value, index) => [value, right[index] ?? '']);
}
