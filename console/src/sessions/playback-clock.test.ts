import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { advancePlayback, formatPlace } from './playback-clock.ts';

const TIMES = [0, 500, 10_000, 10_100];

describe('advancePlayback', () => {
  it('goes on at its speed, to the end and no further', () => {
    const pace = { speed: 4, idleMaxMs: Number.POSITIVE_INFINITY };
    assert.equal(advancePlayback(TIMES, 0, 100, pace), 400);
    assert.equal(advancePlayback(TIMES, 500, 100, pace), 900);
    assert.equal(advancePlayback(TIMES, 10_050, 100, pace), 10_100);
    assert.equal(advancePlayback(TIMES, 10_100, 100, pace), 10_100);
    assert.equal(advancePlayback([], 0, 100, pace), 0);
  });

  it('jumps to what happens next once nothing has happened for long enough', () => {
    const pace = { speed: 1, idleMaxMs: 2_000 };
    assert.equal(advancePlayback(TIMES, 500, 100, pace), 600);
    assert.equal(advancePlayback(TIMES, 2_300, 100, pace), 2_400);
    assert.equal(advancePlayback(TIMES, 2_400, 100, pace), 10_000);
    assert.equal(advancePlayback(TIMES, 9_950, 100, pace), 10_050);
  });

  it('skips no pause that is shorter', () => {
    const pace = { speed: 1, idleMaxMs: 500 };
    assert.equal(advancePlayback(TIMES, 0, 100, pace), 100);
    assert.equal(advancePlayback(TIMES, 400, 100, pace), 500);
  });
});

describe('formatPlace', () => {
  it('shows minutes and seconds, and hours where there are any', () => {
    assert.deepEqual([0, 80_999, 3_723_000].map(formatPlace), ['0:00', '1:20', '1:02:03']);
  });
});
