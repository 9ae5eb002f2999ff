import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatTable } from './format-table.ts';
import { displayWidth, escapeLine, escapeText } from './terminal-text.ts';

describe('formatTable', () => {
  it('aligns columns', () => {
    const table = formatTable(
      ['id', 'name'],
      [
        ['1', 'Ada'],
        ['20', null],
      ],
    );
    assert.equal(table, 'id  name\n--  ----\n1   Ada\n20');
  });

  it('counts a wide character as two columns', () => {
    assert.equal(formatTable(['a', 'b'], [['患者', 'x']]), 'a     b\n----  -\n患者  x');
  });

  it('cuts a long cell', () => {
    const [, , row = ''] = formatTable(['a'], [['x'.repeat(500)]]).split('\n');
    assert.equal(displayWidth(row), 60);
    assert.ok(row.endsWith('…'));
  });

  it('lays out more rows than a function takes arguments', () => {
    const rows = Array.from({ length: 200_000 }, (_, index) => [String(index)]);
    assert.equal(formatTable(['n'], rows).split('\n').at(-1), '199999');
  });

  it('keeps a hostile cell on its line', () => {
    const table = formatTable(['a'], [['\u001b[2J\r\nforged row\u0007']]);
    assert.equal(table.split('\n').length, 3);
    assert.match(table, /\\x1b\[2J\\r\\nforged row\\x07/);
  });
});

describe('escapeLine', () => {
  it('shows what would command a terminal or turn the text around', () => {
    // Set the clipboard (OSC 52), C1 control sequence, right-to-left override, zero-width space.
    assert.equal(escapeLine('\u001b]52;c;aGk=\u0007'), '\\x1b]52;c;aGk=\\x07');
    assert.equal(escapeLine('\u009b2J'), '\\x9b2J');
    assert.equal(escapeLine('a\u202eb\u200bc'), 'a\\u{202e}b\\u{200b}c');
    // A name with what looks like a condition in it.
    assert.equal(escapeText('t\u00a0where\u3164id'), 't\\xa0where\\u{3164}id');
  });

  it('leaves nothing but printable characters, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.doesNotMatch(escapeLine(text), /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        assert.doesNotMatch(escapeText(text), /[^\P{Cc}\n\t]|[\p{Cf}\p{Cs}]/u);
      }),
    );
  });
});
