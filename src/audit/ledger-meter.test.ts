import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LedgerMeter } from './ledger-meter.ts';

describe('LedgerMeter', () => {
  it('counts entries by kind, and what some of them say', () => {
    const meter = new LedgerMeter();
    meter.add({ kind: 'operation' });
    meter.add({ kind: 'operation' });
    meter.add({ kind: 'operation.refuse', decision: 'deny' });
    meter.add({ kind: 'operation.refuse', decision: 'review' });
    meter.add({ kind: 'operation.refuse', decision: 'allow' });
    meter.add({ kind: 'result', rows: 3, masked: { ssn: 3, name: 2 }, found: { email: 1 } });
    meter.add({ kind: 'result', rows: 'many', masked: null });
    meter.add({ kind: 'sign-in.refuse' });
    meter.add({ kind: 'sign-in.refuse', count: 40 });
    assert.equal(meter.kinds.get('operation'), 2);
    assert.equal(meter.kinds.get('sign-in.refuse'), 2);
    const { denied, unreviewed, refusedSignIns, maskedValues, rows } = meter;
    assert.deepEqual(
      { denied, unreviewed, refusedSignIns, maskedValues, rows },
      { denied: 2, unreviewed: 1, refusedSignIns: 41, maskedValues: 6, rows: 3 },
    );
  });

  it('sorts the durations of syncs, and passes on how they ended', () => {
    const meter = new LedgerMeter();
    const ends: (Error | null)[] = [];
    const failure = new Error('EIO');
    meter.time((error) => void ends.push(error))(null);
    meter.time((error) => void ends.push(error))(failure);
    assert.deepEqual(ends, [null, failure]);
    assert.equal(meter.syncs.count, 2);
    assert.equal(
      meter.syncs.counts.reduce((total, count) => total + count, 0),
      2,
    );
  });
});
