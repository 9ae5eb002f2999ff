import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatCount } from './format-count.ts';

describe('formatCount', () => {
  it('says one of a thing apart from several, and none', () => {
    assert.deepEqual(
      [0, 1, 2].map((count) => formatCount(count, 'row')),
      ['0 rows', '1 row', '2 rows'],
    );
    assert.equal(formatCount(1, 'entry', 'entries'), '1 entry');
    assert.equal(formatCount(3, 'entry', 'entries'), '3 entries');
  });
});
