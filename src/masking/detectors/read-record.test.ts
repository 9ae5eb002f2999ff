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
      'values of more lines than one in mysql, and one that is empty',
      '*** 1. row ***\naddress: zzyx\nqwop\n   note: a\n\nWard: b\n    tel:\n   city: zzyx\n*** 2. row ***\ncity: qwop\nzz\n1 row in set\n',
      '*** 1. row ***\naddress: [address]\n[address]\n   note: a\n\nWard: b\n    tel:\n   city: [city]\n*** 2. row ***\ncity: [city]\n[city]\n1 row in set\n',
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

  it('leaves what follows the last record', () => {
    const text = '*** 1. row ***\n bed: 4\ncity: zzyx\n$ echo qwop\nqwop\n';
    assert.equal(redact(text), text.replace('city: zzyx', 'city: [city]'));
  });

  it('reads each line once, whatever looks like the rule of a record in it', () => {
    const lines = '|-[ RECORD 1 ]-|\n'.repeat(10_000);
    assert.equal(redact(`${lines}last_name | zzyx\n`), `${lines}last_name | [name]\n`);
  });

  it('takes no words within a line for the rule above a record', () => {
    const text = 'see -[ RECORD 1 ]-\nlast_name | zzyx\n';
    assert.equal(redact(text), text);
  });
});
