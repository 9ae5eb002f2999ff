import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BloomFilter } from './bloom-filter.ts';
import { matchesPatient, matchPatient, parseEvidence } from './match-patient.ts';
import { PatientHasher } from './patient-hasher.ts';
import { PatientIdReader } from './patient-id.ts';
import { EXACT_PATIENTS_MAX, PatientSet, type PatientsFields } from './patient-set.ts';

const HASHER = new PatientHasher(Buffer.alloc(32, 7));

/** The ledger's fields of the patients 1 to `count`, each seen twice. */
function fieldsOf(count: number): PatientsFields {
  const set = new PatientSet(HASHER);
  const reader = new PatientIdReader();
  for (let id = 1; id <= count; id++) {
    reader.readText(String(id));
    set.add(reader);
    set.add(reader);
    reader.readText('1');
    set.add(reader);
  }
  return set.toFields();
}

describe('PatientSet', () => {
  it('keeps the hash of each patient up to its limit', () => {
    for (const count of [1, 2, EXACT_PATIENTS_MAX]) {
      const fields = fieldsOf(count);
      assert.equal(fields.form, 'exact');
      assert.equal(new Set(fields.hashes).size, count);
      const match = (id: number): string =>
        matchesPatient({ rows: 1, patients: fields }, { id: String(id) }, HASHER);
      assert.deepEqual([match(1), match(count), match(count + 1)], ['yes', 'yes', 'no']);
    }
  });

  it('keeps a sketch above it, which forgets nobody', () => {
    for (const count of [EXACT_PATIENTS_MAX + 1, 5000, 40_000]) {
      const fields = fieldsOf(count);
      assert.equal(fields.form, 'sketch');
      assert.ok(Math.abs(fields.about / count - 1) < 0.08, `${fields.about} for ${count}`);
      assert.ok(JSON.stringify(fields).length < 50_000);

      const filter = new BloomFilter(Buffer.from(fields.filter, 'base64url'));
      const { sip } = HASHER;
      const mayHave = (id: number): boolean => {
        const bytes = Buffer.from(String(id));
        sip.update(bytes, 0, bytes.length);
        return filter.mayHave(sip.high, sip.low);
      };
      for (let id = 1; id <= count; id++) assert.ok(mayHave(id), `${id} of ${count}`);
      let wrong = 0;
      for (let id = 1; id <= 20_000; id++) wrong += mayHave(count + id) ? 1 : 0;
      assert.ok(wrong / 20_000 < 1.3 * fields.falsePositives + 0.002, `${wrong} of 20000`);

      const match = (id: number): string =>
        matchesPatient({ rows: 1, patients: fields }, { id: String(id) }, HASHER);
      assert.equal(match(count), 'maybe');
    }
  });

  it('takes no more room than it needs', () => {
    const small = fieldsOf(EXACT_PATIENTS_MAX + 1);
    assert.equal(small.form, 'sketch');
    assert.ok(small.filter.length < 12_000);
    assert.ok(small.falsePositives <= 0.001);
  });
});

describe('matchesPatient', () => {
  const patients = fieldsOf(2);

  it('cannot tell under another key, of rows whose patient was not shown, and of unknown pseudonyms', () => {
    const other = new PatientHasher(Buffer.alloc(32, 8));
    assert.equal(matchesPatient({ rows: 1, patients }, { id: '1' }, other), 'maybe');
    assert.equal(matchesPatient({ rows: 1, patients, unseen: true }, { id: '9' }, HASHER), 'maybe');
    assert.equal(matchesPatient({ rows: 1, patients, unseen: true }, { id: '1' }, HASHER), 'yes');
    assert.equal(matchesPatient({ rows: 1, pseudonyms: patients }, { id: '1' }, HASHER), 'maybe');
    assert.equal(matchesPatient({ rows: 1 }, { id: '1' }, HASHER), 'no');
  });

  it('says what is in doubt', () => {
    const doubtsOf = (evidence: object): readonly string[] =>
      matchPatient({ rows: 1, ...evidence }, { id: '1' }, HASHER).doubts;
    assert.deepEqual(doubtsOf({ patients }), []);
    assert.deepEqual(doubtsOf({ patients: { ...patients, key: 'x' } }), ['other-key']);
    assert.deepEqual(doubtsOf({ pseudonyms: patients, unseen: true }), ['pseudonyms', 'unseen']);
    assert.deepEqual(doubtsOf({ patients: fieldsOf(2000) }), ['sketch']);
  });

  it('clears who was not named by a statement, and is in doubt about who was', () => {
    const named = fieldsOf(2);
    assert.deepEqual(matchPatient({ rows: 1, named }, { id: '1' }, HASHER), {
      match: 'maybe',
      doubts: ['named'],
    });
    assert.equal(matchesPatient({ rows: 1, named }, { id: '9' }, HASHER), 'no');
  });

  it('is in doubt where a short form is met, or masks make the same of many', () => {
    const matchOf = (sought: object): string =>
      matchesPatient(
        { rows: 1, pseudonyms: patients },
        { id: 'x', pseudonyms: [], ...sought },
        HASHER,
      );
    assert.equal(matchOf({ vaguePseudonyms: ['8', '2'] }), 'maybe');
    assert.equal(matchOf({ vaguePseudonyms: ['8'] }), 'no');
    assert.equal(matchOf({ hasOtherMasks: true }), 'maybe');
  });

  it('looks for what masks make of the id', () => {
    const sought = (...pseudonyms: string[]): string =>
      matchesPatient({ rows: 1, pseudonyms: patients }, { id: 'x', pseudonyms }, HASHER);
    assert.equal(sought('8', '2'), 'yes');
    assert.equal(sought('8'), 'no');
  });
});

describe('parseEvidence', () => {
  it('reads back what was written', () => {
    for (const count of [1, 2000]) {
      const evidence = { rows: 1, patients: fieldsOf(count) };
      assert.deepEqual(parseEvidence(JSON.parse(JSON.stringify(evidence))), evidence);
    }
    assert.deepEqual(parseEvidence({ rows: 0 }), { rows: 0 });
  });

  it('knows nothing else', () => {
    const exact = { form: 'exact', key: 'a', hashes: [] };
    for (const value of [
      undefined,
      null,
      1,
      {},
      { rows: '1' },
      { rows: 1, patients: 1 },
      { rows: 1, patients: { ...exact, key: 1 } },
      { rows: 1, patients: { ...exact, hashes: [1] } },
      { rows: 1, pseudonyms: { ...exact, form: 'other' } },
      { rows: 1, named: [] },
      { rows: 1, patients: { form: 'sketch', key: 'a', filter: 'AAAA' } },
    ]) {
      assert.equal(parseEvidence(value), undefined);
    }
  });
});
