import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findFormMethods, METHODS_OF_FORMS } from './find-form-methods.ts';

describe('findFormMethods', () => {
  it('finds what a form says is meant in the place of POST, however it is spelled', () => {
    for (const [form, ...methods] of [
      ['a=1&payment_method=card&method=delete'],
      ['_method=post'],
      ['_method='],
      ['_method=delete', 'DELETE'],
      ['a=1&%5f%6Dethod=Patch', 'PATCH'],
      ['a=1;_method=put', 'PUT'],
      ['.method=delete', 'DELETE'],
      ['_METHOD[]=+delete', 'DELETE'],
      ['_method=delete&_method=put&_method=delete', 'DELETE', 'PUT'],
      ['_method=move&_method=copy', 'OTHER'],
      ['_method=delete%', 'DELETE%'],
    ] as const) {
      const expected = methods.map((method) => (method === 'DELETE%' ? 'OTHER' : method));
      assert.deepEqual(findFormMethods(Buffer.from(form)), expected, form);
    }
  });

  it('takes one of more fields than any server takes for any method', () => {
    assert.deepEqual(findFormMethods(Buffer.from('a&'.repeat(9_999))), []);
    assert.deepEqual(findFormMethods(Buffer.from('&'.repeat(10_001))), METHODS_OF_FORMS);
  });
});
