import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PatientCounts } from './patient-counts.ts';

const T0 = Date.parse('2026-01-02T10:00:00Z');

test('each patient counts once a day, whatever shows it', () => {
  let nowMs = T0;
  const counts = new PatientCounts(() => nowMs);
  counts.add('ana', { rows: 3, patients: { form: 'exact', key: 'k', hashes: ['a', 'b'] } });
  counts.add('ana', { rows: 1, patients: { form: 'exact', key: 'k', hashes: ['b'] } });
  counts.add('ana', { rows: 1, pseudonyms: { form: 'exact', key: 'k', hashes: ['c'] } });
  assert.equal(counts.count('ana'), 3);
  counts.add('ana', { rows: 1, named: { form: 'exact', key: 'k', hashes: ['b', 'd'] } });
  assert.equal(counts.count('ana'), 4);
  assert.equal(counts.count('ben'), 0);
  nowMs += 14 * 3_600_000;
  assert.equal(counts.count('ana'), 0);
});

test('a clock that is set back gives nobody a new budget, and one that was wrong by years does', () => {
  let nowMs = T0;
  const counts = new PatientCounts(() => nowMs);
  counts.add('ana', { patients: { form: 'exact', key: 'k', hashes: ['a', 'b'] } });
  nowMs = T0 - 20 * 3_600_000;
  assert.equal(counts.count('ana'), 2);
  nowMs = T0 - 365 * 86_400_000;
  assert.equal(counts.count('ana'), 0);
});

test('results that only tell how many they showed are added up', () => {
  const counts = new PatientCounts(() => T0);
  counts.add('ana', { patients: { form: 'sketch', key: 'k', about: 2_000 } });
  counts.add('ana', { patients: { form: 'sketch', key: 'k', about: 2_000 } });
  assert.equal(counts.count('ana'), 4_000);
});

test('what other processes showed counts, and nothing of it twice', () => {
  const counts = new PatientCounts(() => T0);
  counts.add('ana', { patients: { form: 'exact', key: 'k', hashes: ['a', 'b'] } });
  counts.add('ana', { patients: { form: 'sketch', key: 'k', about: 10 } });
  const learned = {
    gateway: 'gw-0',
    day: '2026-01-02',
    patients: ['k:b', 'k:c'],
    estimated: 12,
  };
  counts.merge('ana', learned);
  counts.merge('ana', learned);
  assert.equal(counts.count('ana'), 3 + 12);
  counts.merge('ana', { ...learned, day: '2026-01-01', patients: ['k:z'], estimated: 99 });
  assert.equal(counts.count('ana'), 3 + 12);
});

test('memory is bounded: beyond a limit patients are only added up', () => {
  const counts = new PatientCounts(() => T0);
  for (let i = 0; i < 6_000; i++) {
    counts.add('ana', { patients: { form: 'exact', key: 'k', hashes: [String(i)] } });
  }
  assert.equal(counts.count('ana'), 6_000);
});

test('gateways add up, and each patient of theirs counts once', () => {
  const counts = new PatientCounts(() => T0);
  const learned = { day: '2026-01-02', patients: ['k:b', 'k:c'], estimated: 10 };
  counts.merge('ana', { ...learned, gateway: 'gw-0' });
  counts.merge('ana', { ...learned, gateway: 'gw-1', estimated: 5 });
  assert.equal(counts.count('ana'), 2 + 15);
  const many = Array.from({ length: 6_000 }, (_, index) => `k:${index}`);
  counts.merge('ben', { ...learned, gateway: 'gw-0', patients: many, estimated: 0 });
  assert.equal(counts.count('ben'), 6_000);
});

test('no budget has anything left while nobody knows what others show', () => {
  const counts = new PatientCounts(() => T0);
  counts.setCurrent(false);
  assert.equal(counts.count('ana'), Number.MAX_SAFE_INTEGER);
  counts.setCurrent(true);
  assert.equal(counts.count('ana'), 0);
});
