import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { compileDetectors } from '../masking/detectors/detectors.ts';
import { findHeader } from '../masking/detectors/headed-table.ts';
import { compileOpenTail, type OutputDetectors } from '../masking/detectors/open-tail.ts';
import { HeadingsFinder } from './headings.ts';
import { OutputMask } from './output-mask.ts';

/** Rows of a screen, each of another text. */
const LINES: readonly string[] = Array.from(
  { length: 58 },
  (_, index) => `${'lorem, ipsum; dolor | '.repeat(8)}row ${index}`,
);

describe('HeadingsFinder', () => {
  it('reads a line once, and one without any separator never', () => {
    const asked: string[] = [];
    const finder = new HeadingsFinder((line) => {
      asked.push(line);
      return findHeader(line);
    });
    for (let time = 0; time < 3; time++) {
      assert.deepEqual(finder.find('mrn,ward'), findHeader('mrn,ward'));
      assert.equal(finder.find('lorem, ipsum'), undefined);
      assert.equal(finder.find('lorem ipsum'), undefined);
    }
    assert.deepEqual(asked, ['mrn,ward', 'lorem, ipsum']);
  });

  it('forgets before it has more than a screen in mind', () => {
    let asked = 0;
    const finder = new HeadingsFinder(() => {
      asked += 1;
      return undefined;
    });
    const lines = Array.from({ length: 300 }, (_, index) => `${index},${'x'.repeat(1_000)}`);
    for (const line of [...lines, ...lines]) finder.find(line);
    assert(asked > 300, 'the first lines were forgotten');
  });
});

describe('a screen full of commas, semicolons and bars', () => {
  let detectors: OutputDetectors;

  before(() => {
    detectors = { detectors: compileDetectors(), findOpenTail: compileOpenTail() };
  });

  it('is not read again for each byte below it', (test) => {
    for (const above of ['', 'id,first_name\r\n']) {
      const output = new OutputMask({ columns: 200, rows: 60 }, detectors);
      output.push(Buffer.from(`${above}${LINES.join('\r\n')}\r\n$ `));
      output.flush();
      const read = test.mock.method(String, 'fromCodePoint');
      for (let count = 0; count < 10; count++) {
        output.push(Buffer.from('x'));
        output.flush();
      }
      const characters = read.mock.callCount();
      read.mock.restore();
      assert(characters < 10 * 200, `${characters} characters read for ten bytes`);
    }
  });
});
