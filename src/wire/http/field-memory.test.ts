import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FieldMemory } from './field-memory.ts';
import { decodeFieldSection } from './field-section.ts';
import { HttpMessageError } from './http-message-error.ts';

function outcomeOf(decode: () => Iterable<unknown>): unknown {
  try {
    return [...decode()];
  } catch (error) {
    assert(error instanceof HttpMessageError);
    return error.message;
  }
}

describe('FieldMemory', () => {
  it('gives the same list for the same text, and another for another', () => {
    const memory = new FieldMemory();
    const first = memory.decode('GET / HTTP/1.1\r\nA: b\r\n\r\n', 16);
    assert.equal(memory.decode('PUT /longer HTTP/1.1\r\nA: b\r\n\r\n', 22), first);
    assert.deepEqual([...memory.decode('A: c\r\n\r\n', 0)], [['a', 'c']]);
    assert.deepEqual([...memory.decode('A: b\r\n\r\n', 0)], [['a', 'b']]);
  });

  it('remembers nothing of what it refuses, nor what is long', () => {
    const memory = new FieldMemory();
    for (let time = 0; time < 2; time += 1) {
      assert.throws(() => memory.decode('', 0), HttpMessageError);
      assert.throws(() => memory.decode('A : b\r\n\r\n', 0), HttpMessageError);
    }
    const long = `A: ${'b'.repeat(5000)}\r\n\r\n`;
    assert.notEqual(memory.decode(long, 0), memory.decode(long, 0));
  });

  it('says of every text what is said without memory, whatever came before', () => {
    const memory = new FieldMemory();
    const line = fc.constantFrom(
      ...['A: b\r\n', 'a: b\r\n', 'A: c\r\n', 'A : b\r\n', ' A: b\r\n', 'Host: h\r\n', 'A: b\n'],
    );
    const end = fc.constantFrom('\r\n', '', '\r\n\r\n', '\n');
    fc.assert(
      fc.property(fc.array(line, { maxLength: 3 }), end, (lines, last) => {
        const text = lines.join('') + last;
        assert.deepEqual(
          outcomeOf(() => memory.decode(text, 0)),
          outcomeOf(() => decodeFieldSection(text, 0, 'request')),
        );
      }),
      { numRuns: 500 },
    );
  });
});
