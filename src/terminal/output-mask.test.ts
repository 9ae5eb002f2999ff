import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import fc from 'fast-check';
import { type ShownTerminal, showInTerminal, TerminalScreen } from '../../test/ssh/xterm-screen.ts';
import { compileDetectors } from '../masking/detectors/detectors.ts';
import { compileOpenTail, type OutputDetectors } from '../masking/detectors/open-tail.ts';
import { EchoQueue } from './echo-queue.ts';
import { OutputMask } from './output-mask.ts';
import { ScreenOutput } from './screen-output.ts';

const SIZE = { columns: 30, rows: 6 };
const SSN = '633-80-8456';

let detectors: OutputDetectors;

/** What a client is sent, push by push. After each a while passes if it is slow. */
function mask(chunks: readonly string[], { isSlow = false, size = SIZE } = {}): Buffer[] {
  const output = new OutputMask(size, detectors);
  const shown: Buffer[] = [];
  for (const chunk of chunks) {
    shown.push(output.push(Buffer.from(chunk)));
    if (isSlow) shown.push(output.flush());
  }
  return [...shown, output.end()];
}

function textOf(shown: readonly Buffer[]): string {
  return Buffer.concat(shown).toString();
}

async function screenOf(shown: readonly Buffer[], size = SIZE): Promise<readonly string[]> {
  const { rows } = await showInTerminal(shown, size);
  return rows.filter((row) => row !== '');
}

/** The screen in all ways to read it: with the rows apart, and run together. */
function readings({ rows }: ShownTerminal): string {
  return `${rows.join('\n')}\n${rows.map((row) => row.padEnd(SIZE.columns)).join('')}\n${rows.join('')}`;
}

describe('OutputMask', () => {
  before(() => {
    detectors = {
      detectors: compileDetectors(),
      findOpenTail: compileOpenTail(),
    };
  });

  it('shows a star for each character of a value, and all else as it is', () => {
    const shown = mask([`\x1b[1mname\x1b[0m ssn ${SSN} ok\r\n`]);
    assert.equal(textOf(shown), '\x1b[1mname\x1b[0m ssn *********** ok\r\n');
  });

  it('leaves the year of a date', () => {
    assert.equal(textOf(mask(['seen 2021-03-04 at noon\r\n'])), 'seen 2021****** at noon\r\n');
  });

  it('sends what ends with a prompt at once', () => {
    const output = new OutputMask(SIZE, detectors);
    assert.equal(output.push(Buffer.from('user@host-12345:~$ ')).toString(), 'user@host-12345:~$ ');
    assert.equal(output.isHolding, false);
  });

  it('finds a value cut at every byte, with colours in it', () => {
    const text = `x \x1b[31m633\x1b[0m-80-\x1b[1;32m8456\x1b[0m y\r\n`;
    for (let cut = 0; cut <= text.length; cut++) {
      const shown = mask([text.slice(0, cut), text.slice(cut)]);
      assert.equal(
        textOf(shown),
        'x \x1b[31m***\x1b[0m****\x1b[1;32m****\x1b[0m y\r\n',
        `at ${cut}`,
      );
    }
  });

  it('never sends more than three digits of a value that comes byte by byte', () => {
    const shown = textOf(
      mask(
        Array.from(`id ${SSN}\r\n`).map((byte) => `${byte}\x1b[0m`),
        { isSlow: true },
      ),
    );
    const drawn = shown.replace(/\x1b\[[\d;]*[A-Za-z]/g, '');
    assert.equal(drawn.match(/\d/g)?.join(''), '633');
  });

  it('takes stars back when a number proves to be innocent', async () => {
    const shown = mask(Array.from('Total: 1234567 bytes\r\n'), { isSlow: true });
    assert.deepEqual(await screenOf(shown), ['Total: 1234567 bytes']);
  });

  it('finds a value that runs over the end of a row', async () => {
    const text = `${'x'.repeat(SIZE.columns - 5)} ${SSN} y\r\n`;
    for (const isSlow of [false, true]) {
      const shown = mask(Array.from(text), { isSlow });
      assert.deepEqual(await screenOf(shown), [
        `${'x'.repeat(SIZE.columns - 5)} ****`,
        '******* y',
      ]);
    }
  });

  it('finds a value in a row that ends where the next begins with a digit', async () => {
    const text = `${'x'.repeat(SIZE.columns - 12)} ${SSN}123 y\r\n`;
    const [row] = await screenOf(mask([text]));
    assert.equal(row, `${'x'.repeat(SIZE.columns - 12)} ***********`);
  });

  it('masks what is shown for a moment and erased in one go', () => {
    assert.doesNotMatch(textOf(mask([`${SSN}\r\x1b[Kgone\r\n`])), /633|8456/);
    assert.doesNotMatch(textOf(mask([`${SSN}\x1b[2J\x1b[Hgone\r\n`])), /633|8456/);
    assert.doesNotMatch(textOf(mask([`${SSN}\x1b[?1049h`, 'x'])), /633|8456/);
  });

  it('masks each of several drawings of one character', () => {
    const overstruck = Array.from(SSN)
      .map((character) => `${character}\b${character}`)
      .join('');
    assert.doesNotMatch(textOf(mask([`${overstruck}\r\n`])), /\d/);
    assert.match(textOf(mask(Array.from(`${overstruck}\r\n`))), /^\D*(?:\d\D*){0,3}$/);
  });

  it('sees through full-width, mathematical and Arabic digits, and through what has no width', async () => {
    for (const value of [
      '６３３-８０-８４５６',
      '𝟔𝟑𝟑-𝟖𝟎-𝟖𝟒𝟓𝟔',
      '٦٣٣-٨٠-٨٤٥٦',
      '633\u200b-80-\u20608456',
    ]) {
      const [row = ''] = await screenOf(mask([`${value}\r\n`]));
      assert.match(row, /^[*＊]{11}$/u, value);
    }
  });

  it('sends no signs that turn text around', () => {
    assert.equal(textOf(mask(['\u202e6548-08-336\u202c\r\n'])), '6548-08-336\r\n');
  });

  it('sends no sequence that draws what cannot be looked through', () => {
    const hidden = [
      '\x1bPq#0~~\x1b\\',
      '\x1b]52;c;NjMz\x07',
      '\x1b_Gf=100;AAAA\x1b\\',
      '\x1b[1;1;2;9;1;5;5;1$v',
      '\x1b[5i',
      '\x1bktitle\x1b\\',
    ];
    for (const sequence of hidden) assert.equal(textOf(mask([`a${sequence}b\r\n`])), 'ab\r\n');
  });

  it('looks through titles', () => {
    assert.equal(textOf(mask([`\x1b]0;of ${SSN}\x07x\r\n`])), '\x1b]0;of [ssn]\x1b\\x\r\n');
  });

  it('shows keys at once, and a value that the client typed', () => {
    const echo = new EchoQueue();
    const output = new OutputMask(SIZE, detectors, echo);
    const shown = [output.push(Buffer.from('$ '))];
    for (const key of SSN) {
      echo.typed(Buffer.from(key));
      shown.push(output.push(Buffer.from(key)));
    }
    assert.equal(textOf(shown), `$ ${SSN}`);
    assert.equal(output.isHolding, false);
  });

  it('masks a value that the terminal completes', async () => {
    const echo = new EchoQueue();
    const output = new OutputMask(SIZE, detectors, echo);
    const shown = [output.push(Buffer.from('$ cat '))];
    for (const key of '633') {
      echo.typed(Buffer.from(key));
      shown.push(output.push(Buffer.from(key)));
    }
    shown.push(output.push(Buffer.from('-80-8456 ')), output.flush());
    assert.deepEqual(await screenOf(shown), ['$ cat ***********']);
  });

  it('knows names by the header of a table that left the screen', () => {
    const header = '      name       |  ward\r\n-----------------+--------\r\n';
    const rows = Array.from({ length: 40 }, (_, index) => ` Zzyx Qwop${index} | north\r\n`).join(
      '',
    );
    assert.doesNotMatch(textOf(mask([header, rows.slice(0, 500), rows.slice(500)])), /Zzyx/);
  });

  it('knows them by it wherever the output is cut: above, within and below the header', () => {
    const header = ' name | ward\r\n------+------\r\n';
    const rows = Array.from({ length: 40 }, (_, index) => ` Zzyx Qwop | ${index}\r\n`).join('');
    const text = `${header}${rows}`;
    for (let cut = 1; cut < text.length; cut++) {
      for (const size of [1, 60, 200]) {
        const parts = [text.slice(0, cut), text.slice(cut, cut + size), text.slice(cut + size)];
        assert.doesNotMatch(textOf(mask(parts)), /Zzyx/, `${cut}, ${size}`);
      }
    }
  });

  it('draws a value over where rows count from a margin, and leaves the cursor where it was', async () => {
    const text = '\x1b[2;5r\x1b[?6h\x1b[2;1H 1970-02-04';
    const shown = await showInTerminal(mask([text], { isSlow: true }), SIZE);
    assert.deepEqual(shown.rows, ['', '', ' 1970******', '', '', '']);
    assert.deepEqual(shown.cursor, { row: 2, column: 11 });
  });

  it('masks what is too long for the smallest window that a client may say it has', () => {
    const size = { columns: 1, rows: 1 };
    const shown = textOf(mask([`mail ${'x'.repeat(70)}@sub.example.org, ${SSN}\r\n`], { size }));
    assert.doesNotMatch(shown, /example|8456/);
  });

  it('masks what runs through a region of two rows', () => {
    const size = { columns: 20, rows: 5 };
    const shown = textOf(mask([`\x1b[1;2r${'y'.repeat(75)} ${SSN} z\r\n`], { size }));
    assert.doesNotMatch(shown, /8456/);
  });

  it('shows the screen of the program but for stars, whatever is written and said in between', () => {
    const step = fc.record({
      parts: fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 8 }),
      isSlow: fc.boolean(),
      says: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 15 }), (steps) => {
        const output = new OutputMask(SIZE, detectors);
        const client = new ScreenOutput(SIZE);
        for (const { parts, isSlow, says } of steps) {
          client.push(output.push(Buffer.from(parts.join(''))));
          if (isSlow) client.push(output.flush());
          if (says) client.push(output.insert(Buffer.from('\r\nsallyport: wait\r\n')));
        }
        client.push(output.end());
        assert.deepEqual(client.screen.buffer.cursor, output.screen.buffer.cursor);
        for (const [index, row] of output.screen.buffer.rows.entries()) {
          const shown = Array.from(client.screen.buffer.rowAt(index).text());
          const drawn = Array.from(row.text());
          const readable = shown.map((one, at) => ('*＊'.includes(one) ? drawn[at] : one));
          assert.equal(readable.join(''), drawn.join(''));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('shows no value on the screen at any moment, however it is drawn and cut', async () => {
    await fc.assert(
      fc.asyncProperty(hostileOutput(), async ({ chunks, value, isSlow }) => {
        const output = new OutputMask(SIZE, detectors);
        const screen = new TerminalScreen(SIZE);
        for (const chunk of [...chunks, undefined]) {
          await screen.write(chunk === undefined ? output.end() : output.push(Buffer.from(chunk)));
          assert.doesNotMatch(readings(screen.read()), value);
          if (isSlow) await screen.write(output.flush());
          assert.doesNotMatch(readings(screen.read()), value);
        }
        await differsInStarsOnly(screen.read(), chunks);
        screen.dispose();
      }),
      { numRuns: 100 },
    );
  });
});

async function differsInStarsOnly(masked: ShownTerminal, chunks: readonly string[]): Promise<void> {
  const direct = await showInTerminal([Buffer.from(chunks.join(''))], SIZE);
  assert.deepEqual(masked.cursor, direct.cursor);
  for (const [index, raw] of direct.rows.entries()) {
    const row = raw.replaceAll('\u200b', '').trimEnd();
    const shown = masked.rows[index] as string;
    assert.equal(shown.length, row.length);
    for (const [at, character] of Array.from(shown).entries()) {
      if (character !== '*') assert.equal(character, row[at], `row ${index}: ${shown} for ${row}`);
    }
  }
}

const VALUES = [
  '633-80-8456',
  '(462) 815-4340',
  'james@sub.example.org',
  '4W49-E91-DY07',
  '1970-02-04',
];

interface HostileOutput {
  readonly chunks: readonly string[];
  readonly value: RegExp;
  readonly isSlow: boolean;
}

/** A value drawn character by character, each in another way, and cut anywhere. */
function hostileOutput(): fc.Arbitrary<HostileOutput> {
  return fc
    .record({
      value: fc.constantFrom(...VALUES),
      column: fc.integer({ min: 0, max: SIZE.columns - 1 }),
      ways: fc.array(fc.constantFrom(...WAYS), { minLength: 24, maxLength: 24 }),
      cuts: fc.array(fc.nat({ max: 1_000 }), { maxLength: 40 }),
      isSlow: fc.boolean(),
      modes: fc.constantFrom(...MODES),
      ending: fc.constantFrom('\r\n', ' ', '', '\r\nnext line\r\n', '\x1b[H'),
    })
    .map(({ value, column, ways, cuts, isSlow, modes, ending }) => {
      const drawn = Array.from(value).map(
        (character, index) => ways[index]?.(character) ?? character,
      );
      // What is drawn twice stays twice where characters are inserted.
      const shown =
        modes === INSERT ? drawn.join('').replaceAll(/\x1b\[s.\x1b\[u/gu, '') : drawn.join('');
      const text = `${modes}${'.'.repeat(Math.max(0, column - 1))} ${shown}${ending}`;
      const places = cuts
        .map((cut) => Math.floor((cut / 1_000) * text.length))
        .sort((a, b) => a - b);
      const chunks = [0, ...places].map((from, index) => text.slice(from, places[index]));
      return { chunks, value: new RegExp(`(?<!\\w)${escapeRegExp(value)}(?!\\w)`), isSlow };
    });
}

const INSERT = '\x1b[4h';

/** Pieces of what programs write, as they come when a program has gone mad. */
const FRAGMENTS: readonly string[] = [
  ...[
    '633-80-8456',
    '(462) 815-4340',
    'text ',
    '5',
    '12',
    ';',
    '世',
    '６',
    '\r\n',
    '\b',
    '\t',
    '\x07',
  ],
  ...[
    '\x1b[',
    '\x1b]0;',
    '\x1b\\',
    '\x1b7',
    '\x1b8',
    '\x1b[s',
    '\x1b[u',
    '\x1bM',
    '\x1bc',
    '\x1b(0',
    '\x1b(B',
  ],
  ...[
    '\x1b[2J',
    '\x1b[K',
    '\x1b[L',
    '\x1b[M',
    '\x1b[P',
    '\x1b[@',
    '\x1b[X',
    '\x1b[5b',
    '\x1b[3;4H',
    '\x1b[A',
  ],
  ...[
    '\x1b[2;4r',
    '\x1b[r',
    '\x1b[4h',
    '\x1b[4l',
    '\x1b[?6h',
    '\x1b[?6l',
    '\x1b[?7l',
    '\x1b[?7h',
    '\x1b[!p',
  ],
  ...['\x1b[?1049h', '\x1b[?1049l', '\x1b[31m', '\x1b[0m', 'H', 'm', 'J'],
];

/** What repainting has to leave as it is. */
const MODES: readonly string[] = [
  '',
  '$ first\r\n$ ',
  '\x1b[2J\x1b[H',
  '\x1b[1;35m',
  INSERT,
  '\x1b[2;5r\x1b[?6h\x1b[2;1H',
  '\x1b[2;4r\x1b[4;1H',
  '\x1b)0\x0eq\x0f',
  '\x1b[?7l',
  '\x1b[?1049h\x1b[3;1H',
  '\x1b[5;1H',
  'text 世界 ',
];

const WAYS: readonly ((character: string) => string)[] = [
  (character) => character,
  (character) => `\x1b[3${character.charCodeAt(0) % 8}m${character}\x1b[0m`,
  (character) => `${character}\x1b7\x1b8`,
  (character) => `${character}\0`,
  (character) => `${character}\x1b[?25l\x1b[?25h`,
  (character) => `\x1b[s${character}\x1b[u${character}`,
  (character) => `${character}\u200b`,
];

function escapeRegExp(text: string): string {
  return text.replace(/[()[\].\\+*?]/g, '\\$&');
}
