import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { copySyntaxOf } from './copy-syntax.ts';

type Options = NonNullable<Parameters<typeof copySyntaxOf>[0]>;

/** Options as PostgreSQL's parser gives them, in either notation. */
function options(given: Readonly<Record<string, string | boolean | undefined>>): Options {
  return Object.entries(given).map(([defname, value]) => ({
    DefElem: {
      defname,
      ...(typeof value === 'string' && { arg: { String: { sval: value } } }),
      ...(typeof value === 'boolean' && { arg: { Boolean: { boolval: value } } }),
    },
  }));
}

describe('copySyntaxOf', () => {
  it('knows the defaults of each format', () => {
    assert.deepEqual(copySyntaxOf(undefined), {
      kind: 'text',
      delimiter: '\t',
      nullText: '\\N',
      hasHeader: false,
    });
    assert.deepEqual(copySyntaxOf(options({ format: 'csv' })), {
      kind: 'csv',
      delimiter: ',',
      nullText: '',
      hasHeader: false,
      quote: '"',
      escape: '"',
    });
    assert.deepEqual(copySyntaxOf(options({ format: 'binary' })), { kind: 'binary' });
  });

  it('takes each option that changes how rows are written', () => {
    const given = { format: 'csv', delimiter: ';', null: 'x', quote: "'", header: true };
    assert.deepEqual(copySyntaxOf(options(given)), {
      kind: 'csv',
      delimiter: ';',
      nullText: 'x',
      hasHeader: true,
      quote: "'",
      escape: "'",
    });
  });

  it('takes a first line for a header only if it is sure to be one', () => {
    const header = (value: string | boolean | undefined): boolean => {
      const syntax = copySyntaxOf(options({ header: value }));
      assert.equal(syntax?.kind, 'text');
      return syntax.hasHeader;
    };
    assert.deepEqual([undefined, true, 'true', 'on'].map(header), [true, true, true, true]);
    assert.deepEqual([false, 'false', 'off', 'match'].map(header), [false, false, false, false]);
  });

  it('knows nothing of formats that could hide text, and the encoding that is asked for', () => {
    assert.equal(copySyntaxOf(options({ format: 'parquet' })), undefined);
    assert.equal(copySyntaxOf(options({ encoding: 'SJIS' }))?.encoding, 'SJIS');
    assert.equal(copySyntaxOf(options({ format: 'parquet', encoding: 'SJIS' })), undefined);
  });
});
