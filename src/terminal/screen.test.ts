import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type ShownTerminal, showInTerminal } from '../../test/ssh/xterm-screen.ts';
import { ScreenOutput } from './screen-output.ts';
import { BLANK, type ScreenRow, WIDE_TAIL } from './screen-row.ts';

const COLUMNS = 20;
const ROWS = 5;

function screenOf(bytes: Buffer): ShownTerminal {
  const output = new ScreenOutput({ columns: COLUMNS, rows: ROWS });
  output.push(bytes);
  const { rows, cursor } = output.screen.buffer;
  return { rows: rows.map(textOf), cursor: { ...cursor } };
}

function textOf(row: ScreenRow): string {
  const characters = Array.from(row.codePoints).filter((codePoint) => codePoint !== WIDE_TAIL);
  return characters
    .map((codePoint) => (codePoint === BLANK ? ' ' : String.fromCodePoint(codePoint)))
    .join('')
    .trimEnd();
}

/** Where the screen and xterm differ on purpose with more: those are not passed on to a client. */
const PARAMETERS_MAX: Readonly<Record<string, number>> = { s: 0, u: 0, T: 1 };

function sequence(finals: string): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.constantFrom(...finals.split('')),
      fc.array(fc.integer({ min: 0, max: 14 }), { maxLength: 2 }),
    )
    .filter(([final, numbers]) => numbers.length <= (PARAMETERS_MAX[final] ?? 2))
    .map(([final, numbers]) => `\x1b[${numbers.join(';')}${final}`);
}

const SEQUENCE = fc.oneof(
  sequence('@HIJKLMPSTXZdfgr'),
  fc.constantFrom(
    ...['\x1bD', '\x1bE', '\x1bH', '\x1bM', '\x1b[4h', '\x1b[4l', '\x1b[?7l', '\x1b[?7h'],
    ...['\x1b[31m', '\x1b[0m', '\x1b[?47h', '\x1b[?47l'],
  ),
);
/**
 * What does not mix in xterm.js: a cursor that is restored has the character set of before, but leaves what G0 and G1
 * are, and the origin mode, as they are; and in origin mode each move adds the top margin to the row.
 */
const FAMILIES: readonly fc.Arbitrary<string>[] = [
  fc.oneof(
    sequence('ABCDEFG`aesu'),
    fc.constantFrom('\x1b7', '\x1b8', '\x1b[?1049h', '\x1b[?1049l'),
  ),
  fc.oneof(
    sequence('ABCDEFG`ae'),
    fc.constantFrom('\x1b(0', '\x1b(B', '\x1b)0', '\x1b)B', '\x0e', '\x0f'),
  ),
  fc.constantFrom('\x1b[?6h', '\x1b[?6l'),
];
const TEXT = fc.oneof(
  fc.stringMatching(/^[a-z0-9 ]{1,14}$/),
  fc.constantFrom('世', '字', 'é', '６', '─'),
  fc.constantFrom('\b', '\t', '\n', '\r', '\r\n'),
);

function outputWith(family: fc.Arbitrary<string>): fc.Arbitrary<readonly string[]> {
  return fc.array(fc.oneof(TEXT, SEQUENCE, family), { maxLength: 60 });
}

describe('Screen', () => {
  it('shows what xterm shows, whatever is written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(...FAMILIES.map(outputWith)), async (parts) => {
        const text = parts.join('');
        // Without wrapping xterm leaves halves of wide characters behind.
        const bytes = Buffer.from(text.includes('\x1b[?7l') ? text.replace(/[世字６]/g, '') : text);
        const shown = await showInTerminal([bytes], { columns: COLUMNS, rows: ROWS });
        assert.deepEqual(screenOf(bytes), shown);
      }),
      { numRuns: 300 },
    );
  });
});
