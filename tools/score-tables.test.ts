import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatTableScores, scoreTable } from './score-tables.ts';

describe('scoreTable', () => {
  const truth = {
    ssn: { level: 'must', label: 'SSN' },
    mood: { level: 'keep', label: null },
    doctor: { level: 'soft', label: 'NAME' },
    age: { level: 'age90', label: 'AGE' },
    doc: { level: 'json', paths: { '/ids/0/v': { level: 'must', label: 'MRN' } } },
  } as const;
  const row = { ssn: '219-09-4321', mood: 'good', doctor: 'Lee', age: '42' };
  const document = (value: string): string => JSON.stringify({ ids: [{ v: value }] });
  const raw = [
    { ...row, doc: document('4471') },
    { ...row, ssn: '', age: '93', doc: document('4472') },
  ];

  it('counts what is masked, by label, and what is changed that must stay', () => {
    const shown = [
      { ...row, ssn: '[redacted]', doc: document('[redacted]') },
      { ...row, ssn: '', age: '90', doc: document('[redacted]') },
    ];
    const score = scoreTable('t', truth, { raw, shown });
    const one = { count: 1, masked: 1 };
    assert.deepEqual(
      score.mustMask,
      new Map([
        ['SSN', one],
        ['AGE', one],
        ['MRN', { count: 2, masked: 2 }],
      ]),
    );
    assert.deepEqual([score.keepCount, score.changedCount], [3, 0]);
  });

  it('takes 90 for any age from there on, and for none before', () => {
    const rows = [{ age: '90' }, { age: '89' }];
    const score = scoreTable('t', { age: truth.age }, { raw: rows, shown: rows });
    assert.deepEqual(score.mustMask.get('AGE'), { count: 1, masked: 1 });
    const hidden = scoreTable(
      't',
      { age: truth.age },
      { raw: rows, shown: [rows[0], rows[0]] as typeof rows },
    );
    assert.deepEqual([hidden.keepCount, hidden.changedCount], [1, 1]);
  });

  it('counts what is shown as it is, and what is changed for nothing', () => {
    const shown = raw.map((before) => ({ ...before, mood: 'bad' }));
    const score = scoreTable('t', truth, { raw, shown });
    assert.deepEqual(
      [...score.mustMask.values()].map(({ masked }) => masked),
      [0, 0, 0],
    );
    assert.equal(score.changedCount, 2);
    const report = formatTableScores([score]);
    assert.match(report, /^\| t \| 4 \| 0\.0 % \| 3 \| 2 \|$/mu);
    assert.match(report, /^\| MRN \| 2 \| 0\.0 % \| 0 \| – \|$/mu);
  });

  it('never rounds up to all', () => {
    const many = Array.from({ length: 5_000 }, () => row);
    const shown = many.map((before, index) => ({ ...before, ssn: index === 0 ? before.ssn : 'x' }));
    const score = scoreTable('t', { ssn: truth.ssn }, { raw: many, shown });
    assert.match(formatTableScores([score]), /\| t \| 5000 \| 99\.9 % \|/u);
  });
});
