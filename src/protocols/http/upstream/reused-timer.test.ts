import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as after } from 'node:timers/promises';
import { ReusedTimer } from './reused-timer.ts';

/** Milliseconds of a timer, and of one that is sure to be heard after it. */
const SOON = 5;
const LATER = 50;

describe('ReusedTimer', () => {
  it('rings once for each start, after another time too', async () => {
    let rings = 0;
    const timer = new ReusedTimer(() => {
      rings += 1;
    });
    for (const ms of [SOON, SOON, SOON + 1]) {
      timer.start(ms);
      await after(LATER);
    }
    assert.equal(rings, 3);
  });

  it('is not heard once it is stopped or closed', async () => {
    let rings = 0;
    const timer = new ReusedTimer(() => {
      rings += 1;
    });
    timer.start(SOON);
    timer.stop();
    await after(LATER);
    timer.start(SOON);
    timer.close();
    await after(LATER);
    assert.equal(rings, 0);
  });

  it('begins anew where it is started again', async () => {
    const heard: string[] = [];
    const timer = new ReusedTimer(() => heard.push('timer'));
    timer.start(LATER);
    const between = after(LATER).then(() => heard.push('between'));
    await after(SOON);
    timer.start(LATER);
    await between;
    while (heard.length < 2) await after(SOON);
    assert.deepEqual(heard, ['between', 'timer']);
  });
});
