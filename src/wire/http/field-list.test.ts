import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FieldList } from './field-list.ts';
import { HttpMessageError } from './http-message-error.ts';

const FIELDS = FieldList.of([
  ['host', 'a.example'],
  ['accept', 'text/html'],
  ['set-cookie', 'a=1'],
  ['accept', '*/*'],
  ['set-cookie', 'b=2'],
]);

describe('FieldList', () => {
  it('joins fields of one name, and gives each one alone', () => {
    assert.equal(FIELDS.get('accept'), 'text/html, */*');
    assert.deepEqual(FIELDS.all('set-cookie'), ['a=1', 'b=2']);
    assert.equal(FIELDS.get('cookie'), undefined);
    assert.equal(FIELDS.append('cookie', 'a=1').append('cookie', 'b=2').get('cookie'), 'a=1; b=2');
    assert.equal(FIELDS.has('host'), true);
    assert.equal(FIELDS.has('Host'), false);
  });

  it('does not choose between two fields of which there may be one', () => {
    for (const name of ['host', 'authorization', 'content-type', 'x-sallyport-token']) {
      const twice = FieldList.of([
        [name, 'a'],
        [name, 'a'],
      ]);
      assert.throws(() => twice.get(name), HttpMessageError, name);
      assert.deepEqual(twice.all(name), ['a', 'a']);
    }
  });

  it('changes into another list, and stays as it is', () => {
    assert.equal(FIELDS.with('accept', 'text/css').get('accept'), 'text/css');
    assert.equal(FIELDS.without('accept', 'host').size, 2);
    assert.deepEqual(
      [...FIELDS.filter((name, value) => name === 'set-cookie' && value === 'b=2')],
      [['set-cookie', 'b=2']],
    );
    assert.equal(FIELDS.size, 5);
  });

  it('knows how long it is as lines', () => {
    assert.equal(FIELDS.byteLength, FIELDS.format().length);
    assert.equal(FieldList.empty.byteLength, 0);
    assert.equal(FieldList.of([['a', '\u{e9}']]).format(), 'a: \u{e9}\r\n');
  });

  it('takes no name or value that could be read as another field', () => {
    for (const [name, value] of [
      ['', 'a'],
      ['Host', 'a'],
      ['a b', 'a'],
      ['a:', 'a'],
      [':path', 'a'],
      ['a\u{212a}', 'a'],
      ['a', 'b\r\nc: d'],
      ['a', 'b\nc'],
      ['a', 'b\rc'],
      ['a', 'b\0c'],
      ['a', 'b\x7f'],
      ['a', '\u{10a}'],
      ['a', ' b'],
      ['a', 'b\t'],
    ] as const) {
      assert.throws(() => FieldList.of([[name, value]]), HttpMessageError, JSON.stringify(name));
      assert.throws(() => FIELDS.with(name, value), HttpMessageError);
      assert.throws(() => FIELDS.append(name, value), HttpMessageError);
    }
  });

  it('keeps what a function makes of it, for that function alone', () => {
    const fields = FieldList.of([['a', 'b']]);
    const add = (list: FieldList): FieldList => list.append('c', 'd');
    const drop = (list: FieldList): FieldList => list.without('a');
    assert.equal(fields.derive(add), fields.derive(add));
    assert.deepEqual([...fields.derive(drop)], []);
    assert.deepEqual([...fields.derive(add)].at(-1), ['c', 'd']);
  });
});
