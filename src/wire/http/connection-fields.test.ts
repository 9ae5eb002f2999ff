import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withoutConnectionFields } from './connection-fields.ts';
import { FieldList } from './field-list.ts';
import { HttpMessageError } from './http-message-error.ts';

describe('withoutConnectionFields', () => {
  it('drops what belongs to one connection, and what Connection names', () => {
    const fields = FieldList.of([
      ['host', 'a'],
      ['connection', 'keep-alive, X-Mine'],
      ['x-mine', 'a'],
      ['x-kept', 'a'],
      ['connection', 'x-other'],
      ['x-other', 'a'],
      ['keep-alive', 'timeout=5'],
      ['te', 'trailers'],
      ['transfer-encoding', 'chunked'],
      ['upgrade', 'h2c'],
      ['http2-settings', 'AAAA'],
      ['proxy-authorization', 'Basic a'],
    ]);
    assert.deepEqual(
      [...withoutConnectionFields(fields)].map(([name]) => name),
      ['host', 'x-kept'],
    );
  });

  it('does not guess what a broken Connection names', () => {
    for (const value of ['a b', 'a;b', '"a"', 'a,'.repeat(40)]) {
      const fields = FieldList.of([['connection', value]]);
      assert.throws(() => withoutConnectionFields(fields), HttpMessageError, value);
    }
  });
});
