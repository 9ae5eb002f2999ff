import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { markLookalikes, showPlainly } from './show-plainly.ts';

describe('markLookalikes', () => {
  it('marks letters of other writings among Latin ones', () => {
    assert.equal(markLookalikes('SELECT * FROM pаtients'), 'SELECT * FROM pа⟨U+0430⟩tients');
    assert.equal(markLookalikes('αbc жa'), 'α⟨U+03B1⟩bc ж⟨U+0436⟩a');
  });

  it('marks words that could as well be ASCII, and no others of their writing', () => {
    assert.equal(markLookalikes('сору'), 'с⟨U+0441⟩о⟨U+043E⟩р⟨U+0440⟩у⟨U+0443⟩');
    assert.equal(markLookalikes('"ο1"'), '"ο⟨U+03BF⟩1"');
    for (const name of [
      'пациенты',
      'ασθενείς',
      '患者',
      '患者id',
      'מטופל',
      'größe',
      'Müller',
      'Ærø',
      'mañana',
    ]) {
      assert.equal(markLookalikes(name), name);
    }
  });

  it('marks other forms, digits, and signs that are none', () => {
    assert.equal(markLookalikes('ｐ=1'), 'ｐ⟨U+FF50⟩=1');
    assert.equal(markLookalikes('a−b;'), 'a−⟨U+2212⟩b;');
    assert.equal(markLookalikes('𝐝rop \u212aey'), '𝐝⟨U+1D41D⟩rop \u212a⟨U+212A⟩ey');
    assert.equal(markLookalikes('١ ɡ ’'), '١⟨U+0661⟩ ɡ⟨U+0261⟩ ’⟨U+2019⟩');
    assert.equal(markLookalikes('\u037e'), '\u037e⟨U+037E⟩');
  });

  it('cannot be made to believe that something is marked already', () => {
    assert.equal(markLookalikes('ｐ⟨U+0070⟩'), 'ｐ⟨U+FF50⟩⟨⟨U+27E8⟩U+0070⟩');
  });

  it('leaves what stands for something hidden, and everything in ASCII', () => {
    for (const text of ["WHERE a = '•••' AND b = '…'", 'm² = 3.5 €', 'SELECT 1 -- a\n']) {
      assert.equal(markLookalikes(text), text);
    }
  });

  it('adds marks and takes nothing away', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        assert.equal(markLookalikes(text).replaceAll(/⟨U\+[0-9A-F]+⟩/gu, ''), text);
      }),
    );
  });
});

describe('showPlainly', () => {
  it('shows what is not seen, too', () => {
    assert.equal(showPlainly('pа\u200b'), 'pа⟨U+0430⟩\\u{200b}');
  });
});
