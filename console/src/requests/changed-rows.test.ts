import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { layOutChange } from './changed-rows.ts';

describe('layOutChange', () => {
  it('shows what is not seen, and marks what could be mistaken, in names and in values', () => {
    const { relation, columns, rows } = layOutChange({
      relation: 'public.p\u0430tients',
      ...{ inserted: 0, updated: 1, deleted: 0 },
      columns: ['ward\u200b', 'dose'],
      samples: [{ before: ['B4', '10 mg'], after: ['B4\u202e', '1\u04340'] }],
    });
    assert.equal(relation, 'public.p\u0430⟨U+0430⟩tients');
    assert.deepEqual(columns, ['ward\\u{200b}', 'dose']);
    assert.deepEqual(rows, [
      { key: '0-before', name: 'before', values: ['B4', '10 mg'] },
      { key: '0-after', name: 'after', values: ['B4\\u{202e}', '1\u04340'] },
    ]);
  });

  it('tells NULL from a text, and a row that was not there from one that was', () => {
    const { rows, counts } = layOutChange({
      relation: 'public.notes',
      ...{ inserted: 1, updated: 0, deleted: 0 },
      columns: ['text', 'by'],
      samples: [{ before: null, after: [null, ''] }],
    });
    assert.equal(counts, '1 inserted, 0 updated, 0 deleted');
    assert.deepEqual(rows, [{ key: '0-after', name: 'after', values: [null, ''] }]);
  });
});
