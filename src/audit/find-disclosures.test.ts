import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { DayKeyFiles } from '../encryption/day-key-files.ts';
import { openTestKeys } from '../encryption/day-keys.fixture.ts';
import { derivePatientKey, PatientHasher } from '../masking/rows/patient-hasher.ts';
import { type EvidenceFields, ResultEvidence } from '../masking/rows/result-evidence.ts';
import { encodeDataRow } from '../wire/postgres/data-row.ts';
import { type Disclosure, type DisclosureSearch, findDisclosures } from './find-disclosures.ts';
import { openLedger } from './ledger.ts';
import type { EntryFields } from './ledger-port.ts';

const MASTER_KEY = Buffer.alloc(32, 7);
const HASHER = new PatientHasher(derivePatientKey(MASTER_KEY));

/** Evidence of a result with rows of the patients `first` to `last`. */
function evidenceOf(first: number, last: number, isMasked = false): EvidenceFields {
  const evidence = new ResultEvidence({
    outputs: [
      { relationOid: 1, column: 'id', masked: [], inspect: 'none' },
      { relationOid: 1, column: 'ssn', masked: ['ssn'], inspect: 'none' },
    ],
    raw: new Map([['name', ['nurses']]]),
    patientKeys: [{ index: 0, typeOid: 23, isBinary: false, isMasked }],
    hasUnseenPatients: false,
    hasher: HASHER,
  });
  for (let id = first; id <= last; id++) {
    const row = encodeDataRow([Buffer.from(String(id)), Buffer.from('*')]);
    evidence.row(row, 0, row.length);
  }
  return evidence.toLedgerFields();
}

const ANA = { id: 'okta:ana', kind: 'person', name: 'Ana' };
const NOOR = { id: 'okta:noor', kind: 'person', name: 'Noor' };
const operation = (session: string, textSha256: string): EntryFields => ({
  kind: 'operation',
  session,
  content: { textSha256 },
});
const result = (session: string, number: number, evidence: object): EntryFields => ({
  kind: 'result',
  session,
  operation: number,
  ...evidence,
});

const ENTRIES: readonly EntryFields[] = [
  { kind: 'session.start', session: 's1', principal: ANA, target: 'hospital' },
  { kind: 'session.start', session: 's2', principal: NOOR, target: 'research' },
  operation('s1', 'aa'),
  operation('s1', 'bb'),
  operation('s2', 'cc'),
  result('s1', 1, evidenceOf(1, 3)),
  result('s1', 2, evidenceOf(4, 4)),
  result('s2', 1, evidenceOf(1, 3)),
  { kind: 'session.end', session: 's1' },
  { kind: 'session.start', session: 's3', principal: NOOR, target: 'hospital' },
  operation('s3', 'dd'),
  result('s3', 1, evidenceOf(1, 1200)),
  operation('s3', 'ee'),
  result('s3', 2, evidenceOf(2, 2, true)),
  result('s3', 7, { rows: 'unreadable' }),
];

describe('findDisclosures', () => {
  let dataDirectory: string;
  let dayKeys: DayKeyFiles;
  before(async () => {
    dataDirectory = await mkdtemp(path.join(tmpdir(), 'sallyport-disclosures-'));
    let nowMs = 0;
    const nextMs = (): number => nowMs;
    dayKeys = openTestKeys(dataDirectory);
    await using ledger = await openLedger({ dataDirectory, dayKeys, logName: 'gw', nowMs: nextMs });
    for (const fields of ENTRIES) {
      nowMs += 1000;
      await new Promise<void>((resolve, reject) => {
        ledger.append(fields, 'sealed', (error) => (error ? reject(error) : resolve()));
      });
    }
  });
  after(() => rm(dataDirectory, { recursive: true }));

  async function find(search: Partial<DisclosureSearch>): Promise<readonly Disclosure[]> {
    const patient = { id: '2' };
    const whole = { target: 'hospital', patient, masterKey: MASTER_KEY, ...search };
    return Array.fromAsync(findDisclosures(path.join(dataDirectory, 'ledger'), whole, dayKeys));
  }
  const brief = (found: readonly Disclosure[]): string[] =>
    found.map(({ statementSha256, match, doubts }) =>
      [statementSha256, match, ...doubts].join(' '),
    );

  it('says who saw a patient, when, in which session, by which statement, masked or raw', async () => {
    const [first] = await find({});
    assert.deepEqual(first, {
      at: '1970-01-01T00:00:06.000Z',
      logName: 'gw',
      seq: 5,
      session: 's1',
      principalId: 'okta:ana',
      principalName: 'Ana',
      statementSha256: 'aa',
      match: 'yes',
      doubts: [],
      rows: 3,
      raw: ['name'],
      masked: ['ssn'],
      found: [],
    });
  });

  it('tells what is certain from what cannot be told, and leaves others out', async () => {
    assert.deepEqual(brief(await find({})), [
      'aa yes',
      'dd maybe sketch',
      'ee maybe pseudonyms',
      ' maybe unreadable',
    ]);
    const known = { id: '2', pseudonyms: ['2'] };
    const withPseudonym = await find({ patient: known });
    assert.deepEqual(brief(withPseudonym), [
      'aa yes',
      'dd maybe sketch',
      'ee yes',
      ' maybe unreadable',
    ]);
    const nobody = await find({ patient: { id: 'nobody', pseudonyms: [] } });
    assert.deepEqual(brief(nobody), [' maybe unreadable']);
  });

  it('finds nothing certain with another key', async () => {
    const found = await find({ masterKey: Buffer.alloc(32, 8), patient: { id: '2' } });
    assert.ok(found.every(({ match }) => match === 'maybe'));
    assert.equal(found.length, 5);
  });

  it('keeps to the target and the time that are asked for', async () => {
    assert.deepEqual(brief(await find({ target: 'research' })), ['cc yes']);
    assert.deepEqual(brief(await find({ sinceMs: 12_000 })), [
      'dd maybe sketch',
      'ee maybe pseudonyms',
      ' maybe unreadable',
    ]);
  });
});
