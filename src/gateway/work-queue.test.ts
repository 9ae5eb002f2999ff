import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WorkQueue } from './work-queue.ts';

describe('WorkQueue', () => {
  it('does things in order, a few at a time, and says when nothing is left', async () => {
    const queue = new WorkQueue(2);
    const begun: number[] = [];
    const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
    for (const [index, { promise }] of gates.entries()) {
      queue.add(() => {
        begun.push(index);
        return promise;
      });
    }
    let isIdle = false;
    const idle = queue.idle().then(() => {
      isIdle = true;
    });
    assert.deepEqual(begun, [0, 1]);
    gates[1]?.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(begun, [0, 1, 2]);
    assert.equal(isIdle, false);
    for (const { resolve } of gates) resolve();
    await idle;
    assert.deepEqual(begun, [0, 1, 2, 3, 4]);
    await queue.idle();
  });
});
