import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../protocol-error.ts';
import { decodeDataRow, encodeDataRow, findFields } from './data-row.ts';

const anyFields = fc.array(fc.option(fc.uint8Array({ maxLength: 40 })), { maxLength: 20 });

describe('findFields', () => {
  it('finds the fields that decodeDataRow decodes, wherever the row lies', () => {
    fc.assert(
      fc.property(anyFields, fc.nat({ max: 30 }), (fields, before) => {
        const body = encodeDataRow(fields).subarray(5);
        const buffer = Buffer.concat([Buffer.alloc(before, 0xee), body, Buffer.alloc(9, 0xee)]);
        const ranges = new Int32Array(40);
        assert.equal(findFields(buffer, before, before + body.length, ranges), fields.length);

        const found = fields.map((_, index) => {
          const start = ranges[2 * index] ?? 0;
          const length = ranges[2 * index + 1] ?? 0;
          return length === -1 ? null : buffer.subarray(start, start + length);
        });
        assert.deepEqual(found, decodeDataRow(body).fields);
        assert.deepEqual(
          found,
          fields.map((field) => field && Buffer.from(field)),
        );
      }),
    );
  });

  it('refuses exactly what decodeDataRow refuses', () => {
    const refuses = (run: () => unknown): boolean => {
      try {
        run();
        return false;
      } catch (error) {
        assert(error instanceof ProtocolError);
        return true;
      }
    };
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.tuple(anyFields, fc.nat({ max: 60 })).map(([fields, cut]) => {
        const body = encodeDataRow(fields).subarray(5);
        return body.subarray(0, Math.max(0, body.length - cut));
      }),
      fc.tuple(fc.constantFrom(-2, -1, 0, 1, 2, 0x7fff_ffff), anyFields).map(([length, fields]) => {
        const body = Buffer.from(encodeDataRow([...fields, null]).subarray(5));
        body.writeInt32BE(length, body.length - 4);
        return body;
      }),
    );
    fc.assert(
      fc.property(bytes, (value) => {
        const body = Buffer.from(value);
        const ranges = new Int32Array(8);
        assert.equal(
          refuses(() => findFields(body, 0, body.length, ranges)),
          refuses(() => decodeDataRow(body)),
        );
      }),
      { numRuns: 3000 },
    );
  });

  it('does not read a field beyond the row, though the buffer goes on', () => {
    const buffer = Buffer.from('000100000004616263640000', 'hex');
    assert.throws(() => findFields(buffer, 0, 8, new Int32Array(2)), ProtocolError);
    assert.equal(findFields(buffer, 0, 10, new Int32Array(2)), 1);
  });
});
