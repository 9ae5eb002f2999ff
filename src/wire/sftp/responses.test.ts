import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../protocol-error.ts';
import {
  decodeLimits,
  decodeResponse,
  encodeDataHead,
  encodeLimits,
  encodeResponse,
  type Response,
} from './responses.ts';

const RESPONSES: readonly Response[] = [
  { kind: 'status', code: 3, message: 'Permission denied' },
  { kind: 'handle', handle: Buffer.from('00000000', 'hex') },
  {
    kind: 'name',
    entries: [
      { name: Buffer.from('a'), longName: Buffer.from('-rw a'), attributes: { size: 1 } },
      { name: Buffer.from([0xff]), longName: Buffer.alloc(0), attributes: {} },
    ],
  },
  { kind: 'attributes', attributes: { size: 5, times: { accessed: 1, modified: 2 } } },
  { kind: 'extended-reply', data: Buffer.from('any') },
];

const HEAD_BYTES = 5;

describe('decodeResponse', () => {
  for (const response of RESPONSES) {
    const packet = encodeResponse(9, response);
    const [type = 0] = packet.subarray(4);
    const body = packet.subarray(HEAD_BYTES);

    it(`reads ${response.kind} as it was written`, () => {
      assert.deepEqual(decodeResponse(type, body), { id: 9, response });
    });

    it(`refuses ${response.kind} cut anywhere, or with bytes behind it`, () => {
      if (response.kind === 'extended-reply') return;
      // A status without message and language is one of the draft's first version.
      const mayEndAt = response.kind === 'status' ? [8, body.length - 4] : [];
      for (let length = 0; length < body.length; length += 1) {
        if (mayEndAt.includes(length)) continue;
        assert.throws(() => decodeResponse(type, body.subarray(0, length)), ProtocolError);
      }
      assert.throws(() => decodeResponse(type, Buffer.concat([body, Buffer.of(0)])), ProtocolError);
    });
  }

  it('knows no other packet types as responses', () => {
    assert.deepEqual(decodeResponse(3, Buffer.from('00000001', 'hex')), {
      id: 1,
      response: undefined,
    });
  });

  it('throws nothing but ProtocolError for any bytes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 255 }),
        fc.uint8Array({ maxLength: 200 }),
        (type, bytes) => {
          try {
            decodeResponse(type, Buffer.from(bytes));
          } catch (error) {
            assert(error instanceof ProtocolError);
          }
        },
      ),
    );
  });
});

describe('encodeDataHead', () => {
  it('counts the data that follows', () => {
    assert.equal(encodeDataHead(2, 32_768).toString('hex'), '00008009670000000200008000');
  });
});

describe('decodeLimits', () => {
  it('reads what was written, and nothing shorter or longer', () => {
    const limits = { packetBytes: 262_144, readBytes: 1, writeBytes: 2, openHandles: 0 };
    const data = encodeLimits(limits);
    assert.deepEqual(decodeLimits(data), limits);
    for (let length = 0; length < data.length; length += 1) {
      assert.throws(() => decodeLimits(data.subarray(0, length)), ProtocolError);
    }
    assert.throws(() => decodeLimits(Buffer.concat([data, Buffer.of(0)])), ProtocolError);
  });
});
