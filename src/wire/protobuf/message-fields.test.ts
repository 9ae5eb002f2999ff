import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../protocol-error.ts';
import {
  DEPTH_MAX,
  encodeBytesField,
  encodeVarintField,
  readFields,
  rewriteFields,
  WireType,
} from './message-fields.ts';
import { decodeVarint, encodeVarint, findVarintEnd } from './varint.ts';

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

/** Number, type and value of each field. */
function show(message: Buffer): readonly string[] {
  return Array.from(readFields(message, 0), ({ number, wireType, valueStart, end }) =>
    [number, wireType, message.toString('hex', valueStart, end)].join(' '),
  );
}

/** 1: 150 (of the guide), 2: "testing", 3: fixed64, 4: fixed32, 2^29-1: empty. */
const MESSAGE = hex('089601 120774657374696e67 190102030405060708 2501020304 faffffff0f00');

describe('readFields', () => {
  it('reads every type of field where it is', () => {
    assert.deepEqual(show(MESSAGE), [
      '1 0 9601',
      '2 2 74657374696e67',
      '3 1 0102030405060708',
      '4 5 01020304',
      `${2 ** 29 - 1} 2 `,
    ]);
    assert.deepEqual(show(Buffer.alloc(0)), []);
  });

  it('knows every place where a message may be cut, and refuses the others', () => {
    const ends = new Set([0, ...Array.from(readFields(MESSAGE, 0), ({ end }) => end)]);
    for (let end = 0; end <= MESSAGE.length; end += 1) {
      const cut = MESSAGE.subarray(0, end);
      if (ends.has(end)) assert.equal(show(cut).length, [...ends].indexOf(end));
      else assert.throws(() => show(cut), ProtocolError, String(end));
    }
  });

  it('refuses groups, unknown types, numbers out of range, lengths beyond the end', () => {
    for (const text of [
      '0b 0c',
      '0c',
      '0e',
      '0f',
      '00',
      '02 00',
      '8080808010 00',
      'ffffffffffffffffff01',
      '12 ffffffffffffffffff01',
      '12 ffffffff07',
      '08 ffffffffffffffffff02',
      '08 8080808080808080808000',
    ]) {
      assert.throws(() => show(hex(text)), ProtocolError, text);
    }
  });

  it('goes no deeper than libraries do', () => {
    assert.deepEqual([...readFields(Buffer.alloc(0), DEPTH_MAX)], []);
    assert.throws(() => [...readFields(Buffer.alloc(0), DEPTH_MAX + 1)], ProtocolError);
  });

  it('throws nothing but ProtocolError for any bytes, and leaves none of them out', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const message = Buffer.from(bytes);
        try {
          let at = 0;
          for (const { start, valueStart, end } of readFields(message, 0)) {
            assert(start === at && valueStart > start && end >= valueStart);
            at = end;
          }
          assert.equal(at, message.length);
        } catch (error) {
          assert(error instanceof ProtocolError, String(error));
        }
      }),
    );
  });
});

describe('rewriteFields', () => {
  it('changes, drops and keeps fields, and returns the message itself if it keeps all', () => {
    assert.equal(
      rewriteFields(MESSAGE, 0, () => undefined),
      MESSAGE,
    );
    const rewritten = rewriteFields(MESSAGE, 0, ({ number, wireType }) => {
      if (number === 1) return encodeVarintField(1, -1n);
      if (wireType === WireType.lengthDelimited) return encodeBytesField(number, Buffer.from('x'));
      return number === 3 ? Buffer.alloc(0) : undefined;
    });
    assert.deepEqual(show(rewritten), [
      '1 0 ffffffffffffffffff01',
      '2 2 78',
      '4 5 01020304',
      `${2 ** 29 - 1} 2 78`,
    ]);
  });
});

describe('encodeVarint', () => {
  it('writes what is read back the same', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        const bytes = encodeVarint(value);
        assert.equal(findVarintEnd(bytes, 0), bytes.length);
        assert.equal(decodeVarint(bytes, 0, bytes.length), value);
      }),
    );
  });
});
