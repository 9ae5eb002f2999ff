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

  const tables = [
    ['name,ssn,bed\n', 'zzyx,123456789,4\n', '[name],[ssn],4\n'],
    ['bed;"patient_id"\r\n', '4;"5566"\r\n', '4;"[mrn]"\r\n'],
    [' name | bed\n------+-----\n', ' zzyx | 4\n', ' [name] | 4\n'],
  ] as const;
  for (const [header, written, shown] of tables) {
    it(`knows the headings of a table in later blocks: ${JSON.stringify(header)}`, () => {
      for (let shift = 0; shift < written.length; shift++) {
        const [before, count] = [`${'-'.repeat(shift)}\n\n${header}`, (2 * BLOCK_BYTES) / 9];
        assert.ok(mask(before + written.repeat(count)) === before + shown.repeat(count));
      }
    });
  }

  const quoted = [
    ['bed;mrn\n', '4;"55\n66\n77"\n', /[5-7]/],
    ['bed;mrn\n', '4;"55\n66\n77\n88"\n', /[5-8]/],
    ['bed;note;mrn\n', '4;"ok\nfine\nwell";55\n', /5/],
    ['bed;note;mrn\n', `4;"ok\n${'fine\n'.repeat(50)}well";55\n`, /5/],
    ['bed;note;mrn\n', `4;"${'fine '.repeat(8_000)}\nso\nwell";55\n`, /5/],
  ] as const;
  for (const [header, row, value] of quoted) {
    it(`goes on with a table behind cells of lines: ${row.slice(0, 20).replaceAll('\n', ' ')}`, () => {
      for (let shift = 0; shift < Math.min(30, row.length); shift++) {
        const text = `${'-'.repeat(shift)}\n\n${header}${row.repeat((3 * BLOCK_BYTES) / row.length)}`;
        assert.doesNotMatch(mask(text), value);
      }
    });
  }

  it('parts no value in what stands behind a table', () => {
    const prose = 'MRN:\n4012345\n\n';
    for (const blocks of [0.9, 1.05, 1.4]) {
      const table = `bed,ssn\n${'4,5\n'.repeat((blocks * BLOCK_BYTES) / 4)}`;
      for (let shift = 0; shift < prose.length; shift++) {
        const text = `${table}\n${'-'.repeat(shift)}\n\n${prose.repeat((2 * BLOCK_BYTES) / 14)}`;
        assert.doesNotMatch(mask(text), /4012345/);
      }
    }
  });

  it('goes on with a table whose row it had to cut within quotes', () => {
    const row = '4;"55\n66"\n';
    for (let shift = 0; shift < row.length; shift++) {
      const text = `${'-'.repeat(shift)}\n\nbed;mrn\n${row.repeat((2 * BLOCK_BYTES) / 9)}`;
      assert.doesNotMatch(mask(text), /5|6/);
    }
  });

  it('knows the one heading that is known in a file of values, in rows longer than a block', () => {
    const long = 'x'.repeat(2 * BLOCK_BYTES);
    for (const size of [7, BLOCK_BYTES - 1, 10 * BLOCK_BYTES]) {
      const text = `bed,x,ssn\n4,,123456789\n5,${long},123456789\n6,,123456789\n`;
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
        text.slice(index * size, (index + 1) * size),
      );
      const shown = maskContent({ format: 'text' }, pieces, undefined, true).text;
      assert.doesNotMatch(shown, /\d{4}/);
      assert.match(shown, /^bed,x,ssn\n4,,\[ssn\]\n/);
      assert.match(shown, /6,,\[ssn\]\n$/);
    }
  });

  it('goes on in text that no place is good to cut in', () => {
    const text = 'x'.repeat(3 * BLOCK_BYTES);
    assert.ok(mask(text) === text);
  });
});
