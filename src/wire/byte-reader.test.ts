import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { ProtocolError } from './protocol-error.ts';

describe('ByteReader', () => {
  it('reads back what ByteWriter wrote', () => {
    const field = fc.oneof(
      fc.record({ kind: fc.constant('byte' as const), value: fc.integer({ min: 0, max: 255 }) }),
      fc.record({
        kind: fc.constant('int16' as const),
        value: fc.integer({ min: -32768, max: 32767 }),
      }),
      fc.record({
        kind: fc.constant('uint16' as const),
        value: fc.integer({ min: 0, max: 65535 }),
      }),
      fc.record({ kind: fc.constant('int32' as const), value: fc.integer() }),
      fc.record({
        kind: fc.constant('uint32' as const),
        value: fc.integer({ min: 0, max: 0xffff_ffff }),
      }),
    );
    const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0'));
    const blob = fc.option(fc.uint8Array({ maxLength: 400 }));
    fc.assert(
      fc.property(fc.array(field), text, blob, (fields, string, bytes) => {
        const writer = new ByteWriter();
        for (const { kind, value } of fields) writer[kind](value);
        writer.cString(string).cString(string).nullableBytes(bytes);

        const reader = new ByteReader(writer.toBuffer(), 'Test');
        for (const { kind, value } of fields) assert.equal(reader[kind](), value);
        assert.equal(reader.cString(), string);
        assert.equal(reader.name(), string);
        assert.deepEqual(reader.nullableBytes(), bytes === null ? null : Buffer.from(bytes));
        reader.expectEnd();
      }),
    );
  });

  it('refuses to read past the end, whatever the field', () => {
    for (const kind of ['byte', 'int16', 'uint16', 'int32', 'uint32', 'cString', 'name'] as const) {
      const reader = new ByteReader(Buffer.alloc(0), 'Test');
      assert.throws(() => reader[kind](), ProtocolError);
    }
    const reader = new ByteReader(Buffer.alloc(3), 'Test');
    assert.throws(() => reader.bytes(4), { reason: 'ends inside a field at byte 0' });
    assert.throws(() => reader.bytes(0x7fff_ffff), ProtocolError);
    assert.throws(() => reader.bytes(-1), { reason: 'field of negative length at byte 0' });
    assert.equal(reader.remaining, 3);
  });

  it('takes only -1 for null', () => {
    assert.equal(new ByteReader(Buffer.from('ffffffff', 'hex'), 'Test').nullableBytes(), null);
    const reader = new ByteReader(Buffer.from('fffffffe', 'hex'), 'Test');
    assert.throws(() => reader.nullableBytes(), ProtocolError);
  });

  it('refuses names that are not UTF-8, so that two names are equal only if their bytes are', () => {
    const body = Buffer.from([0x61, 0xff, 0]);
    assert.equal(new ByteReader(body, 'Test').cString(), 'a\u{fffd}');
    assert.throws(() => new ByteReader(body, 'Test').name(), {
      message: 'Cannot decode Test: string at byte 0 is not UTF-8',
    });
  });
});

describe('ByteWriter', () => {
  it('refuses text that would end early', () => {
    assert.throws(() => new ByteWriter().cString('a\0b'), { code: 'ERR_ASSERTION' });
  });
});
