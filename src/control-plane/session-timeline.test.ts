import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { showText } from './session-timeline.ts';

describe('showText', () => {
  it('hides every value from who may not see them, and says where', () => {
    const { text, hidden } = showText(
      `SELECT 1 FROM t WHERE mrn = 4711 AND n = 'Ada' -- of Ada`,
      false,
    );
    assert.equal(text, `SELECT '…' FROM t WHERE mrn = '…' AND n = '…' '…'`);
    assert.deepEqual(
      hidden.map(({ start, end }) => text.slice(start, end)),
      [`'…'`, `'…'`, `'…'`, `'…'`],
    );
  });
});
