import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProtocolError } from '../protocol-error.ts';
import { decodeField, encodeField, JsonReader, parseJson } from './json-reader.ts';

function read(value: unknown): JsonReader {
  return new JsonReader({ value }, 'Test');
}

/** Values of every type that JSON has. */
const VALUES = ['', 'text', 0, 7, -1, 1.5, 2 ** 53, true, false, null, [], ['text'], {}];

/** For each type of member, how it is read and which of the values it takes. */
const TYPES: readonly (readonly [string, (reader: JsonReader) => unknown, readonly unknown[]])[] = [
  ['string', (reader) => reader.string('value', 4), ['', 'text']],
  ['word', (reader) => reader.word('value', ['text', 'other']), ['text']],
  ['count', (reader) => reader.count('value'), [0, 7]],
  ['boolean', (reader) => reader.boolean('value'), [true, false]],
  ['list', (reader) => reader.list('value', 1, (element) => element), [[], ['text']]],
  ['strings', (reader) => reader.strings('value', 1, 4), [[], ['text']]],
];

describe('JsonReader', () => {
  for (const [name, take, good] of TYPES) {
    it(`takes nothing else for a member of type ${name}`, () => {
      for (const value of VALUES) {
        const isGood = good.some((one) => JSON.stringify(one) === JSON.stringify(value));
        if (isGood) assert.deepEqual(take(read(value)), value);
        else assert.throws(() => take(read(value)), ProtocolError, JSON.stringify(value));
      }
      assert.throws(() => take(new JsonReader({}, 'Test')), { reason: 'value is missing' });
    });
  }

  it('takes nothing that is longer than asked for', () => {
    assert.throws(() => read('texts').string('value', 4), ProtocolError);
    assert.throws(() => read([1, 2]).list('value', 1, Number), ProtocolError);
    assert.throws(() => read(['a', 'b']).strings('value', 1, 4), ProtocolError);
    assert.throws(() => read(['texts']).strings('value', 1, 4), ProtocolError);
    assert.throws(() => read([7]).strings('value', 1, 4), ProtocolError);
    assert.throws(() => read('AAAAAAAA').bytes('value', 3), ProtocolError);
  });

  it('takes base64 in one form only', () => {
    assert.deepEqual(read('+/8=').bytes('value', 3), Buffer.of(0xfb, 0xff));
    for (const text of ['+/8', '+/9=', '-_8=', '+/ 8=', '+/8=x']) {
      assert.throws(() => read(text).bytes('value', 3), ProtocolError, text);
    }
  });

  it('reads each member once, and leaves none', () => {
    const reader = read('text');
    assert.throws(() => reader.expectEnd(), ProtocolError);
    reader.string('value', 4);
    reader.expectEnd();
    assert.throws(() => reader.string('value', 4), ProtocolError);
  });

  it('takes members of the object itself only', () => {
    const reader = new JsonReader(JSON.parse('{"__proto__": {"value": 1}}'), 'Test');
    assert.throws(() => reader.count('value'), ProtocolError);
    assert.throws(() => reader.string('constructor', 4), ProtocolError);
  });

  for (const value of [null, 'text', 7, true, []]) {
    it(`takes no ${JSON.stringify(value)} for an object`, () => {
      assert.throws(() => new JsonReader(value, 'Test'), ProtocolError);
    });
  }
});

describe('parseJson', () => {
  it('takes UTF-8 only, which has one meaning', () => {
    assert.equal(parseJson(Buffer.from('"jörg"'), 'Test'), 'jörg');
    assert.throws(() => parseJson(Buffer.from('"jörg"', 'latin1'), 'Test'), ProtocolError);
  });

  it('quotes nothing of what it cannot read', () => {
    assert.throws(() => parseJson(Buffer.from('{"secret'), 'Test'), { reason: 'is no JSON' });
  });
});

describe('decodeField', () => {
  it('takes what was encoded, in one form and up to a length', () => {
    const field = encodeField({ name: 'jörg' });
    assert.deepEqual(decodeField(field, 'Test', field.length), { name: 'jörg' });
    assert.throws(() => decodeField(field, 'Test', field.length - 1), ProtocolError);
    assert.throws(() => decodeField(`${field}=`, 'Test', 100), ProtocolError);
    assert.throws(() => decodeField(` ${field}`, 'Test', 100), ProtocolError);
  });
});
