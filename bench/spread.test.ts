import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { percentile, spreadOf } from './spread.ts';

describe('spreadOf', () => {
  it('takes the middle value, or the mean of the middle two', () => {
    assert.deepEqual(spreadOf([5, 1, 3]), { median: 3, min: 1, max: 5 });
    assert.deepEqual(spreadOf([4, 1, 3, 100]), { median: 3.5, min: 1, max: 100 });
    assert.deepEqual(spreadOf([7]), { median: 7, min: 7, max: 7 });
  });

  it('refuses to summarise nothing', () => {
    assert.throws(() => spreadOf([]));
  });
});

describe('percentile', () => {
  it('is the nearest rank', () => {
    const hundred = Float64Array.from({ length: 100 }, (_, index) => index + 1);
    assert.equal(percentile(hundred, 0.5), 50);
    assert.equal(percentile(hundred, 0.99), 99);
    assert.equal(percentile(hundred, 1), 100);
    assert.equal(percentile(Float64Array.of(8), 0.5), 8);
  });
});
