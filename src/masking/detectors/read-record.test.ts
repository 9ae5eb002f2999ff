import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileDetectors } from './detectors.ts';

const DETECTORS = compileDetectors();

/** What is shown of a text. */
function redact(text: string): string {
  const bytes = Buffer.from(text);
  return (DETECTORS.redact(bytes, 0, bytes.length) ?? bytes).toString();
}

describe('readRecord', () => {
  const masked: readonly (readonly [what: string, written: string, shown: string])[] = [
    [
      'psql in lines',
      '-[ RECORD 1 ]---\nlast_name | zzyx\nbed       | 4\n-[ RECORD 2 ]---\nlast_name | qwop\n\nzzork\n',
      '-[ RECORD 1 ]---\nlast_name | [name]\nbed       | 4\n-[ RECORD 2 ]---\nlast_name | [name]\n\nzzork\n',
    ],
    [
      'psql in a frame, and a value of more lines than one',
      '+-[ RECORD 1 ]-+-------+\r\n| address      | zzyx +|\r\n|              | qwop  |\r\n| bed          | 4     |\r\n',
      '+-[ RECORD 1 ]-+-------+\r\n| address      | [address] +|\r\n|              | [address]  |\r\n| bed          | 4     |\r\n',
    ],
    [
      'mysql in lines',
      '*** 1. row ***\n family: zzyx\n   city: qwop\n    bed: 4\n  given: NULL\n1 row in set\n family: zzork\n',
      '*** 1. row ***\n family: [name]\n   city: [city]\n    bed: 4\n  given: NULL\n1 row in set\n family: zzork\n',
    ],
    [
      'lines of boxes',
      '─[ RECORD 1 ]─┬──────\nlast_name     │ zzyx\nbed           │ 4\n',
      '─[ RECORD 1 ]─┬──────\nlast_name     │ [name]\nbed           │ 4\n',
    ],
  ];
  for (const [what, written, shown] of masked) {
    it(`masks the columns of a record: ${what}`, () => assert.equal(redact(written), shown));
  }

  it('takes no words within a line for the rule above a record', () => {
    const text = 'see -[ RECORD 1 ]-\nlast_name | zzyx\n';
    assert.equal(redact(text), text);
  });
});
