import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { formatDuration, formatSize, parseDuration, parseSize } from './quantity.ts';

describe('parseDuration', () => {
  it('reads whole numbers with a unit, as milliseconds', () => {
    assert.deepEqual(
      ['0s', '50ms', '30s', '5m', '8h', '2d'].map(parseDuration),
      [0, 50, 30_000, 300_000, 28_800_000, 172_800_000],
    );
  });

  it('reads nothing else', () => {
    for (const text of [
      '',
      '5',
      's',
      '-1s',
      '1.5h',
      '1 h',
      '5M',
      '1h30m',
      '1s ',
      '9999999999s',
      '٣s',
    ]) {
      assert.equal(parseDuration(text), undefined, text);
    }
  });
});

describe('parseSize', () => {
  it('reads whole numbers with a binary unit, as bytes', () => {
    assert.deepEqual(['0B', '64KiB', '16MiB', '1GiB'].map(parseSize), [
      0,
      65_536,
      2 ** 24,
      2 ** 30,
    ]);
  });

  it('reads nothing else', () => {
    for (const text of ['64', '64KB', '64kib', '64K', '1.5MiB', '-1B', '']) {
      assert.equal(parseSize(text), undefined, text);
    }
  });
});

describe('formatDuration and formatSize', () => {
  it('write the largest unit that is exact', () => {
    assert.deepEqual([0, 50, 1_500, 90_000, 3_600_000].map(formatDuration), [
      '0ms',
      '50ms',
      '1500ms',
      '90s',
      '1h',
    ]);
    assert.deepEqual([0, 1_000, 65_536, 2 ** 30].map(formatSize), ['0B', '1000B', '64KiB', '1GiB']);
  });
});
