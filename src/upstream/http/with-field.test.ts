import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FieldList } from '../../wire/http/field-list.ts';
import { withField, withParameter } from './with-field.ts';

describe('withField', () => {
  it('takes the place of every field that a target could take for it', () => {
    const fields = FieldList.of([
      ['x-api-key', 'theirs'],
      ['x_api_key', 'theirs'],
      ['x-api_key', 'theirs'],
      ['x-api-keys', 'another'],
    ]);
    assert.deepEqual(
      [...withField(fields, 'x-api-key', 'ours')],
      [
        ['x-api-keys', 'another'],
        ['x-api-key', 'ours'],
      ],
    );
  });

  it('refuses values that would be more than one field', () => {
    assert.throws(() => withField(FieldList.empty, 'x-api-key', 'a\r\nx-b: c'));
  });
});

describe('withParameter', () => {
  for (const query of [
    'key=theirs',
    'KEY=theirs',
    'k%65y=theirs',
    'key',
    'key=1&key=2',
    '&&key=&',
    '%6B%65%79=%00',
  ]) {
    it(`takes the place of the one in "${query}"`, () => {
      assert.equal(withParameter(query, 'key', 'ours&b=c'), 'key=ours%26b%3Dc');
    });
  }

  it('leaves all others as they are', () => {
    assert.equal(withParameter('a=b+c&keys=1&%ff=2', 'key', 'ours'), 'a=b+c&keys=1&%ff=2&key=ours');
    assert.equal(withParameter('api%20key=1&api+key=2', 'api key', 'x'), 'api%20key=x');
  });
});
