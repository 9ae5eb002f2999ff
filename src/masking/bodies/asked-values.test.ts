import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { OpenContentMasker } from '../content-masker.ts';
import { AskedValues } from './asked-values.ts';
import { openPassed } from './error-page.ts';

const STAND_IN = 'ps1_0123456789abcdef';

function hide(value: string, text: string): string {
  return showPieces(value, [Buffer.from(text)]);
}

function showPieces(value: string, pieces: readonly Buffer[], open = openPassed): string {
  const shown: Buffer[] = [];
  const asked = new AskedValues([{ value, standIn: STAND_IN }]);
  const masker = asked.within(open)((bytes) => void shown.push(bytes));
  for (const piece of pieces) masker.push(piece);
  masker.end();
  return Buffer.concat(shown).toString();
}

describe('values that a request asked by', () => {
  it('are hidden where an answer says them again, in any case', () => {
    assert.equal(hide('MRN0042', 'no MRN0042, no mrn0042.'), `no ${STAND_IN}, no ${STAND_IN}.`);
    assert.equal(hide('Quxley', '<p>Quxley-Ott</p>'), `<p>${STAND_IN}-Ott</p>`);
  });

  it('are hidden as JSON, XML and URLs write them', () => {
    for (const written of ["O'Zara & Co", 'O&#39;Zara &amp; Co', 'O&apos;Zara &amp; Co']) {
      assert.equal(hide("O'Zara & Co", `>${written}<`), `>${STAND_IN}<`);
    }
    assert.equal(hide('a"b\\cde', JSON.stringify('a"b\\cde')), `"${STAND_IN}"`);
    assert.equal(
      hide('Zara Ott', '/p?name=Zara%20Ott&n=Zara+Ott'),
      `/p?name=${STAND_IN}&n=${STAND_IN}`,
    );
    const names = 'M%c3%bcller, M%C3%9CLLER, MÜLLER, müller, Müller';
    assert.equal(hide('Müller', names), Array(5).fill(STAND_IN).join(', '));
  });

  it('are hidden as serializers write them that leave ASCII alone, and escape more than they must', () => {
    for (const written of ['M\\u00fcller', 'm\\u00FCller', 'M&#252;ller', 'M&#xFC;ller']) {
      assert.equal(hide('Müller', `"${written}"`), `"${STAND_IN}"`);
    }
    for (const written of ["O'Zara/<Co>", 'O&#x27;Zara/&lt;Co&gt;', 'O&#39;Zara/&lt;Co&gt;']) {
      assert.equal(hide("O'Zara/<Co>", `(${written})`), `(${STAND_IN})`);
    }
    for (const written of ['O\\u0027Zara\\/\\u003cCo\\u003e', "O'Zara/\\u003CCo\\u003E"]) {
      assert.equal(hide("O'Zara/<Co>", `"${written}"`), `"${STAND_IN}"`);
    }
    for (const written of ['O%27Zara%2F%3CCo%3E', "O'Zara/%3CCo%3E"]) {
      assert.equal(hide("O'Zara/<Co>", `/p/${written}`), `/p/${STAND_IN}`);
    }
    assert.equal(hide('a"b&cd', 'x=a&#34;b&amp;cd'), `x=${STAND_IN}`);
  });

  it('may be no well-formed text', () => {
    assert.equal(hide('Quxley\ud800', '"Quxley\\ud800"'), `"${STAND_IN}"`);
  });

  it('leave a number where a number was, and other numbers as they are', () => {
    assert.equal(
      hide('4711', '{"mrn":4711,"no":"47110","is":"MRN4711"}'),
      '{"mrn":0,"no":"47110","is":"MRN0"}',
    );
  });

  it('are not looked for within words if they are short, nor if they are shorter still', () => {
    assert.equal(hide('rita', 'rita, Margarita'), `${STAND_IN}, Margarita`);
    assert.equal(hide('Ann', 'Ann'), 'Ann');
  });

  it('may hold any sign, and stand in any text', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 6, maxLength: 20 });
    fc.assert(
      fc.property(text, (value) => {
        fc.pre(value.length >= 6 && !/[<>]|^[0-9]+$/.test(value));
        assert.equal(hide(value, `<${value}>`), `<${STAND_IN}>`);
      }),
    );
  });

  it('are found wherever an answer is cut, and nothing else of it changes', () => {
    for (const value of ['4711', 'rita', 'aab-aab']) {
      const text = `${value} x${value}x aab-aaab-aab 4711${value} ${value}`;
      const whole = hide(value, text);
      for (let at = 0; at <= text.length; at += 1) {
        const pieces = [Buffer.from(text.slice(0, at)), Buffer.from(text.slice(at))];
        assert.equal(showPieces(value, pieces), whole, `cut at ${at}`);
      }
      assert.equal(
        showPieces(
          value,
          Array.from(Buffer.from(text), (byte) => Buffer.of(byte)),
        ),
        whole,
      );
    }
  });

  it('hold nothing back that cannot begin one', () => {
    const shown: string[] = [];
    const asked = new AskedValues([{ value: 'MRN0042', standIn: STAND_IN }]);
    const masker = asked.within(openPassed)((bytes) => void shown.push(bytes.toString()));
    masker.push(Buffer.from('{"a":1}\n'));
    assert.deepEqual(shown, ['{"a":1}\n']);
    masker.push(Buffer.from('no mrn'));
    assert.deepEqual(shown.join(''), '{"a":1}\nno ');
  });

  it('are hidden in what a masker writes only when the store has answered, after its end', async () => {
    let pending: Promise<void> | undefined;
    const open: OpenContentMasker = (write) => ({
      get pending() {
        return pending;
      },
      push: (bytes) => write(Buffer.from(bytes)),
      end() {
        pending = Promise.resolve().then(() => {
          pending = undefined;
          write(Buffer.from('0042'));
        });
      },
      describe: () => ({ rows: 0 }),
    });
    const shown: Buffer[] = [];
    const asked = new AskedValues([{ value: 'MRN0042', standIn: STAND_IN }]);
    const masker = asked.within(open)((bytes) => void shown.push(bytes));
    masker.push(Buffer.from('no MRN'));
    masker.end();
    assert(masker.pending);
    await masker.pending;
    assert.equal(Buffer.concat(shown).toString(), `no ${STAND_IN}`);
    assert.equal(masker.pending, undefined);
  });

  it('are in no text that tells of the request', () => {
    const asked = new AskedValues([{ value: 'MRN0042', standIn: STAND_IN }]);
    assert.equal(JSON.stringify({ asked }), '{"asked":{}}');
  });
});
