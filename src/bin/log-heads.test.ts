import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SignedCheckpoint } from '../audit/checkpoint-writer.ts';
import { SILENT_LOG } from '../telemetry/log.ts';
import { LogHeads } from './log-heads.ts';

/** Of a log with so many entries. */
function checkpoint(size: number): SignedCheckpoint {
  return { origin: 'gw.0', size, root: Buffer.alloc(32), note: '' };
}

describe('LogHeads', () => {
  it('tells the store of one checkpoint after the other, the newest of those that waited', async () => {
    const remembered: number[] = [];
    const answers: (() => void)[] = [];
    const complaints: string[] = [];
    const heads = new LogHeads({
      logs: {
        // As the store does: what is behind a larger one was cut.
        remember: (_, { size }) =>
          new Promise((resolve) => {
            answers.push(() => {
              resolve(size > (remembered.at(-1) ?? 0));
              remembered.push(size);
            });
          }),
        list: async () => [],
      },
      ledger: { append: () => assert.fail('there is no other log') },
      logName: 'gw.0',
      nowMs: () => 7,
      log: { ...SILENT_LOG, write: (_, event) => void complaints.push(event) },
    });
    const heard = [1, 2, 3].map((size) => heads.hear(checkpoint(size)));
    // Whichever connection to the store is faster.
    while (remembered.at(-1) !== 3) {
      answers.pop()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    while (answers.length > 0) answers.pop()?.();
    await Promise.all(heard);
    assert.deepEqual([remembered, complaints], [[1, 3], []]);
  });
});
