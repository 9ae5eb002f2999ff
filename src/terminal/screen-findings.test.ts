import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { compileDetectors, type Detectors } from '../masking/detectors/detectors.ts';
import { compileOpenTail, type OutputDetectors } from '../masking/detectors/open-tail.ts';
import { OutputMask } from './output-mask.ts';

/** The largest screen that is followed. */
const LARGE = { columns: 500, rows: 200 };
const WORDS = 'lorem ipsum dolor sit ';
const SSN = '633-80-8456';

let parts: OutputDetectors;
let lookedAtBytes = 0;

describe('findings on a screen that is one long line', () => {
  before(() => {
    const detectors = compileDetectors();
    parts = {
      detectors: Object.assign(Object.create(detectors) as Detectors, {
        find(bytes: Buffer, start: number, end: number) {
          lookedAtBytes += end - start;
          return detectors.find(bytes, start, end);
        },
      }),
      findOpenTail: compileOpenTail(),
    };
  });

  /** Fills the screen with a line that has no break, and counts from then on. */
  function fill(text: string): OutputMask {
    const output = new OutputMask(LARGE, parts);
    output.push(Buffer.from(text.repeat(Math.ceil((LARGE.columns * LARGE.rows) / text.length))));
    output.flush();
    lookedAtBytes = 0;
    return output;
  }

  it('are looked for near what is new, and not in all of the line with each byte', () => {
    const output = fill(WORDS);
    for (let count = 0; count < 10; count += 1) output.push(Buffer.from('x'));
    assert(lookedAtBytes > 0);
    assert(lookedAtBytes < 10 * 25_000, `${lookedAtBytes} bytes were looked at`);
  });

  it('are values over the rows of the line, whatever stands before them', () => {
    const output = fill(WORDS);
    const before = LARGE.columns - output.screen.buffer.cursor.column - 5;
    const shown = Buffer.concat([
      output.push(Buffer.from(`${' '.repeat(before)}${SSN} `)),
      output.end(),
    ]).toString();
    assert.equal(shown.trim(), '***********');
  });
});
