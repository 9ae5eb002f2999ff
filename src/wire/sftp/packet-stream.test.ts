import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../protocol-error.ts';
import { decodeWriteHead, encodeWriteHead, PacketStream } from './packet-stream.ts';
import { encodeRequest } from './requests.ts';
import { encodeDataHead } from './responses.ts';

const HANDLE = Buffer.from('h');
const DATA = Buffer.from('the data of a write');
const BYTES = Buffer.concat([
  encodeRequest(1, { kind: 'close', handle: HANDLE }),
  encodeWriteHead({ id: 2, handle: HANDLE, offset: 2 ** 32 + 1 }, DATA.length),
  DATA,
  encodeDataHead(3, 0),
  encodeDataHead(4, DATA.length),
  DATA,
  encodeRequest(5, { kind: 'extended', extension: 'limits@openssh.com' }),
]);

/** What a stream tells of bytes pushed in the given pieces; pieces of data are put together again. */
function read(pieces: readonly Buffer[]): readonly string[] {
  const events: string[] = [];
  let data = '';
  const stream = new PacketStream({
    packet: (type, body) => void events.push(`${type} ${body.toString('hex')}`),
    transfer: (type, head, dataBytes) =>
      void events.push(`${type} ${head.toString('hex')} ${dataBytes}`),
    piece(bytes, isLast) {
      data += bytes.toString('latin1');
      if (!isLast) return;
      events.push(data);
      data = '';
    },
  });
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    stream.push(bytes);
    // The bytes are the caller's again.
    bytes.fill(0xee);
  }
  if (!stream.isBetweenPackets) events.push('more');
  return events;
}

describe('PacketStream', () => {
  const expected = [
    '4 000000010000000168',
    '6 000000020000000168000000010000000100000013 19',
    DATA.toString(),
    '103 0000000300000000 0',
    '',
    '103 0000000400000013 19',
    DATA.toString(),
    '200 00000005000000126c696d697473406f70656e7373682e636f6d',
  ];

  it('cuts a stream into packets, however it comes', () => {
    assert.deepEqual(read([BYTES]), expected);
    assert.deepEqual(read(Array.from(BYTES, (byte) => Buffer.of(byte))), expected);
    for (let at = 0; at <= BYTES.length; at += 1) {
      assert.deepEqual(read([BYTES.subarray(0, at), BYTES.subarray(at)]), expected);
    }
  });

  it('says when more has to come', () => {
    assert.deepEqual(read([BYTES.subarray(0, 3)]), ['more']);
    assert.equal(read([BYTES.subarray(0, 45)]).at(-1), 'more');
  });

  it('refuses packets that are too long, without a type, or not as long as their data', () => {
    for (const hex of [
      '0000000001',
      '0004000104',
      'ffffffff06',
      '0000000206ff',
      '00000009670000000200000001',
      '0000000b6700000002000000010000',
      '00000010060000000100000101',
    ]) {
      assert.throws(() => read([Buffer.from(hex, 'hex')]), ProtocolError, hex);
    }
  });

  it('throws nothing but ProtocolError for any bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 }), (pieces) => {
        try {
          read(pieces.map((piece) => Buffer.from(piece)));
        } catch (error) {
          assert(error instanceof ProtocolError);
        }
      }),
    );
  });
});

describe('decodeWriteHead', () => {
  it('reads what was written', () => {
    const head = { id: 7, handle: HANDLE, offset: 2 ** 40 + 3 };
    const packet = encodeWriteHead(head, 10);
    assert.deepEqual(decodeWriteHead(packet.subarray(5)), head);
  });
});
