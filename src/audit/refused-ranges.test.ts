import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeEntry } from './encode-entry.ts';
import { refusedRanges } from './refused-ranges.ts';

describe('refusedRanges', () => {
  it('joins neighbours, in any order', () => {
    assert.deepEqual(refusedRanges([7, 2, 1, 3, 9]), [
      [
        [1, 3],
        [7, 7],
        [9, 9],
      ],
    ]);
  });

  it('gives one empty list for nothing', () => {
    assert.deepEqual(refusedRanges([]), [[]]);
  });

  it('splits what one entry cannot hold, and loses none', () => {
    const seqs = Array.from({ length: 2_500 }, (_, index) => 2 ** 52 + index * 2);
    const lists = refusedRanges(seqs);
    assert.deepEqual(
      lists.flat().map(([from]) => from),
      seqs,
    );
    const position = { seq: 0, at: '', n: 1, prev: undefined };
    for (const refused of lists) {
      encodeEntry({ kind: 'ledger.resume', refused }, position, undefined);
    }
  });
});
