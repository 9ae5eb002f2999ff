import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { showInvisible } from './show-invisible.ts';

describe('showInvisible', () => {
  it('shows what is not seen, looks like a blank or turns the text around', () => {
    assert.equal(showInvisible('a\u202eb\u200bc'), 'a\\u{202e}b\\u{200b}c');
    assert.equal(showInvisible('t\u00a0where\u3164id\u2800'), 't\\u{a0}where\\u{3164}id\\u{2800}');
    // It ends a comment.
    assert.equal(showInvisible('--\rDELETE'), '--\\u{d}DELETE');
  });

  it('leaves everything else', () => {
    const text = "SELECT 'é＝ß漢🙂'\r\n\tFROM t\n";
    assert.equal(showInvisible(text), text);
  });
});
