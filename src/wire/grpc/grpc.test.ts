import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../protocol-error.ts';
import { encodeGrpcMessage, GrpcMessageDecoder } from './message-decoder.ts';
import { parseMethodPath } from './method-path.ts';
import { encodeStatusFields } from './status.ts';

const BYTES_MAX = 20;

function read(pieces: readonly Buffer[]): readonly string[] {
  const events: string[] = [];
  const decoder = new GrpcMessageDecoder(BYTES_MAX, ({ isCompressed, body }) => {
    events.push(`${isCompressed ? 'packed ' : ''}${body.toString('latin1')}`);
  });
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    decoder.push(bytes);
    // The bytes are the caller's again.
    bytes.fill(0xee);
  }
  decoder.end();
  return events;
}

describe('GrpcMessageDecoder', () => {
  const bytes = Buffer.concat([
    encodeGrpcMessage({ isCompressed: false, body: Buffer.from('first') }),
    encodeGrpcMessage({ isCompressed: false, body: Buffer.alloc(0) }),
    encodeGrpcMessage({ isCompressed: true, body: Buffer.alloc(BYTES_MAX, 'x') }),
  ]);
  const expected = ['first', '', `packed ${'x'.repeat(BYTES_MAX)}`];

  it('cuts a body into messages, however it comes', () => {
    assert.deepEqual(read([bytes]), expected);
    assert.deepEqual(read(Array.from(bytes, (byte) => Buffer.of(byte))), expected);
    for (let at = 0; at <= bytes.length; at += 1) {
      assert.deepEqual(read([bytes.subarray(0, at), bytes.subarray(at)]), expected);
    }
    assert.deepEqual(read([]), []);
  });

  it('refuses bodies that are cut, long messages and unknown flags', () => {
    for (const end of [1, 4, 5, 9, bytes.length - 1]) {
      assert.throws(() => read([bytes.subarray(0, end)]), ProtocolError, String(end));
    }
    for (const hex of ['0000000015', '00ffffffff', '0200000000', '8000000000']) {
      assert.throws(() => read([Buffer.from(hex, 'hex')]), ProtocolError, hex);
    }
  });

  it('throws nothing but ProtocolError for any bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 12 }), { maxLength: 5 }), (pieces) => {
        try {
          read(pieces.map((piece) => Buffer.from(piece)));
        } catch (error) {
          assert(error instanceof ProtocolError);
        }
      }),
    );
  });
});

describe('encodeStatusFields', () => {
  it('write any text as a field that is read back the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const message = text.toWellFormed();
        const written = encodeStatusFields(7, message).get('grpc-message') ?? '';
        assert.match(written, /^[ -~]*$/);
        assert.equal(decodeURIComponent(written), message);
      }),
    );
  });

  it('leave plain text as it is, but for the percent sign and blanks at its ends', () => {
    for (const [message, written] of [
      ['not 100 % yours\n', 'not 100 %25 yours%0A'],
      [' a  b ', '%20a  b%20'],
      ['  ', '%20%20'],
      ['', ''],
    ] as const) {
      assert.equal(encodeStatusFields(7, message).get('grpc-message'), written);
    }
    assert.equal(encodeStatusFields(16, '').get('grpc-status'), '16');
  });
});

describe('parseMethodPath', () => {
  it('knows service and method, and nothing else', () => {
    assert.deepEqual(parseMethodPath('/hospital.v1.Patients/Get'), {
      service: 'hospital.v1.Patients',
      method: 'Get',
    });
    for (const path of [
      '/',
      '/a',
      '/a/',
      '//b',
      '/a/b/c',
      'a/b',
      '/a/b?c',
      '/a/b%20',
      '/1/b',
      '',
    ]) {
      assert.equal(parseMethodPath(path), undefined, path);
    }
  });
});
