import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Canary, plantCanaries, seededRandom } from './canaries.ts';
import { type Answer, Detector } from './detector.ts';

const NAME: Canary = { kind: 'name', a: 'Bcdfghjkm', b: 'Npqrstvwx' };
const SSN: Canary = { kind: 'ssn', a: '123-45-4321', b: '678-91-4321' };
const DATE: Canary = { kind: 'date', a: '1987-03-14', b: '1987-11-25' };
const NUMBER: Canary = { kind: 'int', a: '1234567890', b: '1987654321' };
const ZIP: Canary = { kind: 'zip', a: '60617', b: '60623' };
const MRN: Canary = { kind: 'mrn', a: 'MRN48205917', b: 'MRN93617250' };
const DETECTOR = new Detector([NAME, SSN, DATE, NUMBER, ZIP, MRN]);

function answer(...row: readonly (string | Buffer)[]): Answer {
  const fields = row.map((field) => Buffer.from(field));
  return {
    bytes: Buffer.concat(fields.flatMap((field) => [Buffer.of(0, 0, 0, 9), field])),
    rows: [fields],
  };
}

/** Whether a change of every planted value is found in the worlds' answers. */
function finds(
  change: (canary: Canary, value: string) => readonly (string | Buffer)[],
  ...canaries: readonly Canary[]
): void {
  for (const canary of canaries) {
    const seen = DETECTOR.find(
      answer(...change(canary, canary.a)),
      answer(...change(canary, canary.b)),
    );
    assert.deepEqual(
      seen.map(({ kind }) => kind),
      [canary.kind],
    );
  }
}

describe('Detector', () => {
  it('finds values and pieces of them', () => {
    finds((_, value) => [value], NAME, SSN, DATE, NUMBER);
    finds((_, value) => [`x${value.slice(0, 6)}y`], NAME, SSN, NUMBER);
  });

  it('finds what was done to a value', () => {
    finds((_, value) => [value.toUpperCase()], NAME);
    finds((_, value) => [value.split('').toReversed().join('')], NAME, SSN, NUMBER);
    finds((_, value) => [Buffer.from(value).toString('hex')], NAME, SSN);
    for (const prefix of ['', 'x', 'xy', 'xyz'])
      finds((_, value) => [Buffer.from(`${prefix}${value}`).toString('base64')], NAME, SSN);
    finds((_, value) => value.split(''), NAME, SSN);
    finds((_, value) => value.split('').map((letter) => String(letter.charCodeAt(0))), NAME);
    finds((_, value) => [value.split('').join(' ')], NAME, SSN);
    finds((_, value) => [value.replaceAll('-', '')], SSN);
    finds((_, value) => [String(Date.parse(value) / 1000)], DATE);
    finds((_, value) => [value.split('-').toReversed().join('.')], DATE);
  });

  it('finds values in binary', () => {
    finds((_, value) => {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32BE(Number(value));
      return [bytes];
    }, NUMBER);
    finds((_, value) => {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32BE((Date.parse(value) - Date.UTC(2000, 0, 1)) / 86_400_000);
      return [bytes];
    }, DATE);
  });

  it('takes what both worlds share, or what only one shows, for no leak', () => {
    assert.deepEqual(
      DETECTOR.find(answer('***-**-4321', '1987-01-01'), answer('***-**-4321', '1987-01-01')),
      [],
    );
    assert.deepEqual(DETECTOR.find(answer(NAME.a), answer(NAME.a)), []);
    assert.deepEqual(DETECTOR.find(answer(NAME.a), answer('[redacted]')), []);
  });

  it('takes numbers that happen to stand one behind the other for no leak', () => {
    // The OID of pg_constraint and the number of one of its columns.
    assert.deepEqual(DETECTOR.find(answer('2606', '17', 'f'), answer('2606', '23', 'f')), []);
    assert.deepEqual(DETECTOR.find(answer('0.5606171'), answer('0.5606231')), []);
    assert.deepEqual(DETECTOR.find(answer('1.820590'), answer('1.361720')), []);
    finds((_, value) => [value], ZIP, MRN);
    finds((_, value) => ['x', `(${value},17)`], ZIP, MRN);
    finds((_, value) => [value.slice(3)], MRN);
    finds((_, value) => value.split(''), MRN);
  });
});

describe('plantCanaries', () => {
  it('plants the same for the same seed, and nothing twice', () => {
    const template = "SELECT '{{name}}', '{{ssn}}', {{int}}, '{{date}}'".repeat(20);
    const one = plantCanaries(template, 7);
    assert.deepEqual(one, plantCanaries(template, 7));
    assert.notEqual(one.sql.a, plantCanaries(template, 8).sql.a);
    const values = one.canaries.flatMap(({ a, b }) => [a, b]);
    assert.equal(new Set(values).size, values.length);
    for (const { a, b } of one.canaries) assert.equal(a.length, b.length);
  });

  it('refuses a schema in which nothing is planted', () => {
    assert.throws(() => plantCanaries('SELECT 1', 1), /no \{\{kind\}\}/);
    assert.throws(() => plantCanaries('{{nonsense}}', 1), /nonsense/);
  });
});

describe('seededRandom', () => {
  it('stays below 1', () => {
    const random = seededRandom(3);
    for (let round = 0; round < 1000; round++) {
      const value = random();
      assert(value >= 0 && value < 1);
    }
  });
});
