import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { reasonSchema } from './access-request.ts';

describe('reasonSchema', () => {
  it('takes no reason of which nobody can see anything', () => {
    for (const nothing of ['', ' ', '\u200b', '\u3164\u2800', '\u202e']) {
      assert.equal(reasonSchema.safeParse(nothing).success, false, JSON.stringify(nothing));
    }
    assert.equal(reasonSchema.parse(' night shift\n'), 'night shift');
  });
});
