import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HarmlessOutput } from './harmless-output.ts';

function clean(text: string): string {
  return new HarmlessOutput().push(text);
}

/** Whatever a terminal does beyond drawing begins with one of these. */
const HARMFUL: Readonly<Record<string, string>> = {
  'OSC 52, the clipboard': '\u001b]52;c;cm0gLXJmIH4K\u0007',
  'OSC 0, a title': '\u001b]0;you are root\u001b\\',
  'OSC 8, a link': '\u001b]8;;https://evil.example\u0007',
  'OSC 10, a question for colours': '\u001b]10;?\u0007',
  'OSC 1337, a file': '\u001b]1337;File=name=eA==:eA==\u0007',
  'DCS, settings asked for': '\u001bP$q"p\u001b\\',
  'DCS, sixel': '\u001bPq#0;2;0;0;0~-\u001b\\',
  'APC, kitty graphics': '\u001b_Gf=24;AAAA\u001b\\',
  'PM and SOS': '\u001b^x\u001b\\\u001bXx\u001b\\',
  'a title in the way of screen': '\u001bkroot\u001b\\',
  'DSR, where the cursor is': '\u001b[6n',
  'DA, what it is': '\u001b[c\u001b[>c\u001b[=c\u001bZ',
  'XTWINOPS, the title asked for': '\u001b[21t',
  'XTWINOPS, a window moved': '\u001b[3;0;0t',
  'DECRQCRA, what is on the screen': '\u001b[1;1;1;1;24;80*y',
  'mouse reports': '\u001b[?1000;1002;1003;1006h',
  'focus reports': '\u001b[?1004h',
  'bracketed paste': '\u001b[?2004h',
  'keys of the application': '\u001b=\u001b[?1h\u001b[>4;2m\u001b[>1u',
  'a full reset': '\u001bc\u001b[!p',
  'scrollback erased': '\u001b[3J',
  'the keyboard locked': '\u001b[2h',
  'an answer called': '\u0005',
  bells: '\u0007\u0007',
  'media copy': '\u001b[5i\u001b[?5i',
  'a printer': '\u001b[4i',
  'NUL and DEL': '\u0000\u007f',
};

describe('HarmlessOutput', () => {
  for (const [name, sequence] of Object.entries(HARMFUL)) {
    it(`leaves out ${name}, wherever it is cut`, () => {
      assert.equal(clean(`a${sequence}b`), 'ab');
      for (let cut = 0; cut <= sequence.length; cut++) {
        const output = new HarmlessOutput();
        const kept =
          output.push(`a${sequence.slice(0, cut)}`) + output.push(`${sequence.slice(cut)}b`);
        assert.equal(kept, 'ab');
      }
    });
  }

  it('takes what C1 controls would begin for text', () => {
    assert.equal(clean('a\u009d52;c;eA==\u009c\u009b6n'), 'a52;c;eA==6n');
  });

  it('keeps what draws', () => {
    const drawing =
      'é😀\r\n\t\b\u001b[1;31mred\u001b[0m\u001b[2J\u001b[H\u001b[10;20H\u001b[K\u001b[?25l\u001b[5A\u001b[38;2;1;2;3m\u001b(0q\u001b(B\u001b7\u001b8\u001b[2;10r\u001b[4h\u001b[2@';
    assert.equal(clean(drawing), drawing);
  });

  it('takes only what draws of a sequence that does both', () => {
    assert.equal(clean('\u001b[?1000;1049;25h'), '\u001b[?1049;25h');
    assert.equal(clean('\u001b[?2004;1h'), '');
  });

  it('leaves the screen of a full-screen program, if it did not itself', () => {
    const output = new HarmlessOutput();
    output.push('\u001b[?1049h');
    assert.match(output.end(), /^\u001b\[\?1049l\u001b\[0m/);
    output.push('\u001b[?1049h\u001b[?1049l');
    assert.doesNotMatch(output.end(), /1049/);
  });

  it('shows characters that would change the order of others as none', () => {
    assert.equal(clean('rm \u202etxt.exe\u2066x\u200bx'), 'rm \u{fffd}txt.exe\u{fffd}x\u{fffd}x');
  });

  it('lets through nothing but the sequences that are known to draw, whatever comes', () => {
    const part = fc.oneof(
      fc.constantFrom(
        '\u001b',
        '\u001b[',
        '\u001b]',
        '\u001bP',
        '?',
        '>',
        ';',
        '52',
        'n',
        'c',
        't',
        '\u0007',
        '\u001b\\',
      ),
      fc.string({ maxLength: 5 }),
      fc.integer({ min: 0, max: 0xa0 }).map((code) => String.fromCharCode(code)),
    );
    const known = /\u001b(?:\[\??[\d;:]*[ABCDEFGHIJKLMPSTXZ@`abdefgmrsuhl]|[()][0AB]|[78DEHM])/g;
    fc.assert(
      fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
        const output = new HarmlessOutput();
        const kept = parts.map((one) => output.push(one)).join('');
        // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
        assert.doesNotMatch(
          kept.replaceAll(known, ''),
          /[\u0000-\u0007\u0010-\u001f\u007f-\u009f]/,
        );
      }),
      { numRuns: 5_000 },
    );
  });
});
