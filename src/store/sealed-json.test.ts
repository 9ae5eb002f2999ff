import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SealedJson } from './sealed-json.ts';

const KEY = Buffer.alloc(32, 1);
const VALUE = { text: 'SELECT 1', list: [1, null] };

describe('SealedJson', () => {
  it('opens what it sealed, and seals nothing twice the same', () => {
    const sealed = new SealedJson(KEY, 'request');
    const [one, other] = [sealed.seal('a', VALUE), sealed.seal('a', VALUE)];
    assert.deepEqual(sealed.open('a', one), VALUE);
    assert.notDeepEqual(one, other);
    assert(!one.includes('SELECT'));
  });

  it('opens nothing under another id, for another purpose or with another key', () => {
    const bytes = new SealedJson(KEY, 'request').seal('a', VALUE);
    const error = { code: 'ERR_STORE' };
    assert.throws(() => new SealedJson(KEY, 'request').open('b', bytes), error);
    assert.throws(() => new SealedJson(KEY, 'grant').open('a', bytes), error);
    assert.throws(() => new SealedJson(Buffer.alloc(32, 2), 'request').open('a', bytes), error);
  });

  it('opens nothing that was changed, cut or lengthened anywhere', () => {
    const sealed = new SealedJson(KEY, 'request');
    const bytes = sealed.seal('a', VALUE);
    const error = { code: 'ERR_STORE' };
    for (let index = 0; index < bytes.length; index++) {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] ?? 0) ^ 1;
      assert.throws(() => sealed.open('a', changed), error);
      assert.throws(() => sealed.open('a', bytes.subarray(0, index)), error);
    }
    assert.throws(() => sealed.open('a', Buffer.concat([bytes, Buffer.of(0)])), error);
  });
});
