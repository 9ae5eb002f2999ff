import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { maskContent } from './masked-content.fixture.ts';

/** What a block holds, and a little more. */
const BLOCK_BYTES = 64 * 1024;

function mask(text: string): string {
  return maskContent({ format: 'text' }, [text]).text;
}

describe('TextMasker', () => {
  const values = [
    ['{"ssn":"219094321","mrn":"44711204"},', '{"ssn":"[ssn]","mrn":"[mrn]"},'],
    ['MRN: 44711204 seen. ', 'MRN: [mrn] seen. '],
    ['at (402) 555-0134 or 219 09 4321 ok ', 'at [phone] or [ssn] ok '],
    ['MRN\n44711204\nSSN:\n219094321\nok\n', 'MRN\n[mrn]\nSSN:\n[ssn]\nok\n'],
    ['219-09-4321x/', '[ssn]x/'],
  ] as const;
  for (const [written, shown] of values) {
    it(`parts no value at the end of a block: ${JSON.stringify(written)}`, () => {
      // Each block ends at another place of what is repeated.
      for (let shift = 0; shift < written.length; shift++) {
        const [before, count] = ['-'.repeat(shift), Math.ceil((2 * BLOCK_BYTES) / written.length)];
        assert.ok(
          mask(`${before} ${written.repeat(count)}`) === `${before} ${shown.repeat(count)}`,
        );
      }
    });
  }

  it('goes on in text that no place is good to cut in', () => {
    const text = 'x'.repeat(3 * BLOCK_BYTES);
    assert.ok(mask(text) === text);
  });
});
