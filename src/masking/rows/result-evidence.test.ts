import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { encodeDataRow } from '../../wire/postgres/data-row.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import type { OutputColumn } from '../postgres/output-column.ts';
import { Findings } from './findings.ts';
import { matchPatient } from './match-patient.ts';
import { PatientHasher } from './patient-hasher.ts';
import {
  type EvidenceFields,
  type EvidenceSource,
  type PatientKeyColumn,
  ResultEvidence,
} from './result-evidence.ts';
import { textEncodingOf, UTF8 } from './text-encoding.ts';
import { fakeMasks } from './text-masks.fixture.ts';

const HASHER = new PatientHasher(Buffer.alloc(32, 7));
const NOTHING: EvidenceSource = {
  outputs: undefined,
  raw: new Map(),
  patientKeys: [],
  hasUnseenPatients: false,
  hasher: HASHER,
};
const ID: PatientKeyColumn = { index: 0, typeOid: 25, isBinary: false, isMasked: false };

function output(...masked: string[]): OutputColumn {
  return { relationOid: 1, column: 'c', masked, inspect: 'none' };
}

function evidenceOf(
  source: Partial<EvidenceSource>,
  rows: readonly (Buffer | null)[][],
): EvidenceFields {
  const evidence = new ResultEvidence({ ...NOTHING, ...source });
  for (const fields of rows) {
    const row = encodeDataRow(fields);
    evidence.row(row, 0, row.length);
  }
  return evidence.toLedgerFields();
}

/** The hash of one key in one form. */
function hashOf(typeOid: number, isBinary: boolean, value: Buffer): string {
  const { patients } = evidenceOf({ patientKeys: [{ ...ID, typeOid, isBinary }] }, [[value]]);
  assert.equal(patients?.form, 'exact');
  return patients.hashes.join();
}

describe('ResultEvidence', () => {
  it('asks to see rows only where they tell something', () => {
    const looks = (source: Partial<EvidenceSource>): boolean =>
      new ResultEvidence({ ...NOTHING, ...source }).looksAtRows;
    assert.equal(looks({}), false);
    assert.equal(looks({ outputs: [output(), output()] }), false);
    assert.equal(looks({ outputs: [output(), output('name')] }), true);
    assert.equal(looks({ patientKeys: [ID] }), true);
    assert.equal(looks({ patientKeys: [ID], hasher: undefined }), false);
  });

  it('names a patient as the same in every encoding of a client', () => {
    const hash = hashOf(25, false, Buffer.from('č-7'));
    const encoding = textEncodingOf('LATIN2', 'UTF8');
    for (const isBinary of [false, true]) {
      const source = { patientKeys: [{ ...ID, isBinary }], encoding };
      const { patients } = evidenceOf(source, [[Buffer.from('\u00e8-7', 'latin1')]]);
      assert.deepEqual(patients?.form === 'exact' && patients.hashes, [hash]);
    }
  });

  it('says that there are others where an id is in no encoding that is known', () => {
    const id = Buffer.from('\u00e8-7', 'latin1');
    for (const encoding of [UTF8, textEncodingOf('MULE_INTERNAL', 'UTF8')]) {
      const fields = evidenceOf({ patientKeys: [ID], encoding }, [[id]]);
      assert.deepEqual(fields, { rows: 1, unseen: true });
    }
  });

  it('names whom rows can be of where no column does, if there were any', () => {
    const named = ['7', '9'];
    const { named: kept, ...rest } = evidenceOf({ named }, [[null]]);
    assert.deepEqual(rest, { rows: 1 });
    assert(kept?.form === 'exact');
    const text = Buffer.from('7');
    assert(kept.hashes.includes(hashOf(25, false, text)));
    assert.equal(kept.hashes.length, 2);
    assert.deepEqual(evidenceOf({ named }, []), { rows: 0 });
  });

  it('fits into an entry of the ledger, of however many patients of two keys it tells', () => {
    const patientKeys = [ID, { ...ID, index: 1, isMasked: true }];
    const textOf = (row: number): Buffer => Buffer.from(`patient ${row}`);
    const rows = Array.from({ length: 40_000 }, (_, row) => [textOf(row), textOf(-row)]);
    const fields = evidenceOf({ patientKeys }, rows);
    assert.equal(fields.patients?.form, 'sketch');
    assert.equal(fields.pseudonyms?.form, 'sketch');
    assert(JSON.stringify(fields).length < 40_000, `${JSON.stringify(fields).length} bytes`);
    for (const id of ['patient 0', 'patient 39999']) {
      assert.equal(matchPatient(fields, { id }, HASHER).match, 'maybe');
    }
  });

  it('counts masked values by class, and no nulls', () => {
    const outputs = [output(), output('name'), output('name', 'ssn')];
    const value = Buffer.from('x');
    const rows = [
      [value, value, value],
      [value, null, value],
      [null, null, Buffer.alloc(0)],
    ];
    assert.deepEqual(evidenceOf({ outputs }, rows), { rows: 3, masked: { name: 4, ssn: 3 } });
  });

  it('counts rows that it has not seen as if no value of them were null', () => {
    const source = { outputs: [output(), output('name')], patientKeys: [ID] };
    const evidence = new ResultEvidence({ ...NOTHING, ...source });
    const row = encodeDataRow([null, null]);
    evidence.row(row, 0, row.length);
    evidence.finish(1);
    assert.deepEqual(evidence.toLedgerFields(), { rows: 1 });
    evidence.finish(4);
    assert.deepEqual(evidence.toLedgerFields(), { rows: 4, masked: { name: 3 }, unseen: true });
  });

  it('says what was found, withheld and shown raw', () => {
    const evidence = new ResultEvidence({ ...NOTHING, raw: new Map([['phone', ['p1']]]) });
    const findings = new Findings(fakeMasks());
    findings.redact(Buffer.from('SECRET SECRET'), 0, 13);
    findings.withhold();
    evidence.addFindings(findings);
    evidence.finish(5);
    assert.deepEqual(evidence.toLedgerFields(), {
      rows: 5,
      found: { name: 2 },
      withheld: 1,
      raw: { phone: ['p1'] },
    });
  });

  it('hashes a patient the same in every type and format', () => {
    const int8 = Buffer.alloc(8);
    int8.writeBigInt64BE(4711n);
    const numbers = [
      hashOf(25, false, Buffer.from('4711')),
      hashOf(23, false, Buffer.from('4711')),
      hashOf(1042, false, Buffer.from('4711   ')),
      hashOf(1043, true, Buffer.from('4711')),
      hashOf(21, true, Buffer.of(0x12, 0x67)),
      hashOf(23, true, Buffer.of(0, 0, 0x12, 0x67)),
      hashOf(20, true, int8),
    ];
    assert.deepEqual(new Set(numbers).size, 1);
    const uuid = '0B54C1D2-1111-4222-8333-0123456789AB';
    const uuids = [
      hashOf(25, false, Buffer.from(uuid)),
      hashOf(2950, false, Buffer.from(uuid.toLowerCase())),
      hashOf(2950, true, Buffer.from(uuid.replaceAll('-', ''), 'hex')),
    ];
    assert.deepEqual(new Set(uuids).size, 1);
    assert.notEqual(uuids[0], numbers[0]);
  });

  it('writes every 64-bit integer as SQL does', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const binary = Buffer.alloc(8);
        binary.writeBigInt64BE(value);
        assert.equal(hashOf(20, true, binary), hashOf(25, false, Buffer.from(String(value))));
      }),
    );
  });

  it('keeps pseudonyms apart from patients, and says where it could not see whose rows they were', () => {
    const value = [Buffer.from('1')];
    const masked = evidenceOf({ patientKeys: [{ ...ID, isMasked: true }] }, [value]);
    assert.equal(masked.patients, undefined);
    assert.equal(masked.pseudonyms?.form, 'exact');
    assert.equal(masked.unseen, undefined);
    for (const source of [
      { hasUnseenPatients: true },
      { patientKeys: [ID], hasher: undefined },
      { patientKeys: [{ ...ID, typeOid: 1700, isBinary: true }] },
    ]) {
      assert.deepEqual(evidenceOf(source, [value]), { rows: 1, unseen: true });
      assert.deepEqual(evidenceOf(source, []), { rows: 0 });
    }
    assert.deepEqual(evidenceOf({ patientKeys: [ID] }, [[null]]), { rows: 1 });
  });

  it('throws nothing but ProtocolError at rows cut anywhere and at random bytes', () => {
    const source = { outputs: [output('a'), output('b')], patientKeys: [ID] };
    const open = (): ResultEvidence => new ResultEvidence({ ...NOTHING, ...source });
    const row = encodeDataRow([Buffer.from('17'), Buffer.from('x')]);
    for (let end = 5; end < row.length; end++) {
      assert.throws(() => open().row(row, 0, end), ProtocolError);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const message = Buffer.concat([Buffer.from('D\0\0\0\0'), bytes]);
        try {
          open().row(message, 0, message.length);
        } catch (error) {
          assert.ok(error instanceof ProtocolError);
        }
      }),
    );
  });
});
