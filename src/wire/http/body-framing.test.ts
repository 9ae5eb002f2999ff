import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { frameRequest, frameResponse, parseContentLength } from './body-framing.ts';
import { type Field, FieldList } from './field-list.ts';
import { HttpMessageError } from './http-message-error.ts';

const CHUNKED: Field = ['transfer-encoding', 'chunked'];

function length(value: string): Field {
  return ['content-length', value];
}

describe('frameRequest', () => {
  it('takes one framing, or none', () => {
    assert.deepEqual(frameRequest(FieldList.empty), { kind: 'none' });
    assert.deepEqual(frameRequest(FieldList.of([length('0')])), { kind: 'length', bytes: 0 });
    assert.deepEqual(frameRequest(FieldList.of([length('12')])), { kind: 'length', bytes: 12 });
    assert.deepEqual(frameRequest(FieldList.of([CHUNKED])), { kind: 'chunked' });
    const upperCase = FieldList.of([['transfer-encoding', 'Chunked']]);
    assert.deepEqual(frameRequest(upperCase), { kind: 'chunked' });
  });

  it('refuses two framings, even if they agree', () => {
    for (const fields of [
      [CHUNKED, length('3')],
      [length('3'), CHUNKED],
      [length('3'), length('3')],
      [length('3'), length('4')],
      [CHUNKED, CHUNKED],
      [CHUNKED, ['transfer-encoding', 'identity'] as const],
    ]) {
      assert.throws(() => frameRequest(FieldList.of(fields)), HttpMessageError);
    }
  });

  it('refuses every other transfer coding', () => {
    for (const value of [
      '',
      'identity',
      'gzip',
      'gzip, chunked',
      'chunked, gzip',
      'chunked, chunked',
      'chunked,',
      ', chunked',
      'chunked;a=b',
      'xchunked',
      'chunked x',
      '"chunked"',
      'chun\tked',
      'chunked\u{a0}',
    ]) {
      const fields = FieldList.of([['transfer-encoding', value]]);
      assert.throws(() => frameRequest(fields), { status: 501 }, JSON.stringify(value));
    }
  });
});

describe('parseContentLength', () => {
  it('takes a number in its shortest form only', () => {
    assert.equal(parseContentLength('9007199254740991'), 2 ** 53 - 1);
    for (const value of [
      '',
      '+1',
      '-1',
      '00',
      '01',
      '0x10',
      '1e3',
      '1.0',
      '1 ',
      '1 1',
      '3, 3',
      '3,',
      '\u{b2}',
      '9007199254740992',
      '18446744073709551617',
    ]) {
      assert.throws(() => parseContentLength(value), HttpMessageError, JSON.stringify(value));
    }
  });
});

describe('frameResponse', () => {
  it('knows responses without a body, whatever their fields say', () => {
    const fields = FieldList.of([length('3')]);
    assert.deepEqual(frameResponse('HEAD', 200, fields), { kind: 'none' });
    assert.deepEqual(frameResponse('GET', 304, fields), { kind: 'none' });
    assert.deepEqual(frameResponse('GET', 304, FieldList.of([CHUNKED])), { kind: 'none' });
    assert.deepEqual(frameResponse('GET', 204, FieldList.of([length('0')])), { kind: 'none' });
    assert.deepEqual(frameResponse('GET', 101, FieldList.empty), { kind: 'none' });
  });

  it('refuses a body where there cannot be one: it would be read as the next response', () => {
    for (const status of [100, 101, 103, 204]) {
      for (const field of [length('3'), CHUNKED]) {
        const fields = FieldList.of([field]);
        assert.throws(() => frameResponse('GET', status, fields), HttpMessageError);
      }
    }
  });

  it('reads until the connection closes if nothing else is said', () => {
    assert.deepEqual(frameResponse('GET', 200, FieldList.empty), { kind: 'until-close' });
    assert.deepEqual(frameResponse('POST', 500, FieldList.of([CHUNKED])), { kind: 'chunked' });
    const fields = FieldList.of([CHUNKED, length('3')]);
    assert.throws(() => frameResponse('GET', 200, fields), HttpMessageError);
    assert.throws(() => frameResponse('HEAD', 200, fields), HttpMessageError);
  });
});
