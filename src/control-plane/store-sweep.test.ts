import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SILENT_LOG } from '../telemetry/log.ts';
import { StoreSweep, type StoreSweepParts } from './store-sweep.ts';

function begin(deleteOld: StoreSweepParts['deleteOld']): StoreSweep {
  return new StoreSweep({ deleteOld, keptMs: () => 1_000, nowMs: () => 5_000, log: SILENT_LOG });
}

describe('StoreSweep', () => {
  it('deletes in batches until there is no more', async () => {
    const asked: number[] = [];
    using sweep = begin(async ({ endedBeforeMs, limit }) => {
      assert.deepEqual([endedBeforeMs, limit], [4_000, 500]);
      asked.push(limit);
      return asked.length < 3;
    });
    await sweep.sweep();
    assert.equal(asked.length, 3);
  });

  it('leaves the rest for the next look, and goes on after a failure', async () => {
    let asked = 0;
    using sweep = begin(async () => {
      asked += 1;
      if (asked === 25) throw new Error('store is down');
      return true;
    });
    await sweep.sweep();
    assert.equal(asked, 20);
    await sweep.sweep();
    assert.equal(asked, 25);
    await sweep.sweep();
    assert.equal(asked, 45);
  });
});
