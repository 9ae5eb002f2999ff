import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { redrawLine } from './redraw-line.ts';
import { readLines } from './screen-lines.ts';
import { ScreenOutput } from './screen-output.ts';
import { MASKED } from './screen-row.ts';

const SIZE = { columns: 20, rows: 8 };

/** A screen after something was written to it. */
function draw(text: string): ScreenOutput {
  const output = new ScreenOutput(SIZE);
  output.push(Buffer.from(text));
  return output;
}

/** The line of the cursor, with the cursor as a bar. */
function lineOf({ screen }: ScreenOutput): string {
  const { lines, cursorLine } = readLines(screen);
  const { text, cursorAt = 0 } = lines[cursorLine] ?? { text: '' };
  return `${text.slice(0, cursorAt)}|${text.slice(cursorAt)}`;
}

describe('redrawLine', () => {
  it('writes the line again with its spaces, colours and cursor', () => {
    const output = draw('out\r\n\x1b[32mhost\x1b[0m$ ls  \x1b[2D');
    output.insert(Buffer.from(`\r\nnotice\r\n${redrawLine(output.screen)}`));
    const rows = output.screen.buffer.rows.map((row) => row.text().trimEnd());
    assert.deepEqual(rows.slice(0, 4), ['out', 'host$ ls', 'notice', 'host$ ls']);
    assert.equal(lineOf(output), 'host$ ls|');
    const { styles, buffer } = output.screen;
    assert.equal(styles.parametersOf(buffer.row.styles[0] ?? 0), '0;32');
  });

  it('writes stars where the client sees stars', () => {
    const output = draw('ssn 633');
    for (const column of [4, 5, 6]) output.screen.buffer.row.flags[column] = MASKED;
    assert.match(redrawLine(output.screen), /ssn \*\*\*/);
    assert.doesNotMatch(redrawLine(output.screen), /633/);
  });

  it('leaves line and cursor as they were, however long the line is and wherever the cursor stands in it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 55 }),
        fc.integer({ min: 0, max: 19 }),
        (length, back) => {
          const output = draw(`$ ${'x'.repeat(length)}`);
          output.push(Buffer.from(`\x1b[${back + 1}G`));
          const before = lineOf(output);
          output.insert(Buffer.from(`\r\nnotice\r\n${redrawLine(output.screen)}`));
          assert.equal(lineOf(output), before);
        },
      ),
      { numRuns: 200 },
    );
  });
});
