import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import zlib from 'node:zlib';
import fc from 'fast-check';
import { FieldList } from '../http/field-list.ts';
import { ProtocolError } from '../protocol-error.ts';
import { type ControlFrame, encodeControlFrame } from './control-frame.ts';
import { encodeDataHead, SpdyFrameDecoder } from './frame-decoder.ts';
import { decodeHeaderBlock, encodeHeaderBlock } from './header-block.ts';
import { HeaderDeflater, HeaderInflater, type RawDeflate } from './header-compression.ts';
import { HEADER_DICTIONARY, HEADER_DICTIONARY_ID } from './header-dictionary.ts';

const finishFlush = zlib.constants.Z_SYNC_FLUSH;
const RAW_DEFLATE: RawDeflate = {
  inflate: (bytes, dictionary, maxOutputLength) =>
    zlib.inflateRawSync(bytes, { dictionary, maxOutputLength, finishFlush }),
  deflate: (bytes, dictionary) => zlib.deflateRawSync(bytes, { dictionary, finishFlush }),
};

const STREAM_TYPE = FieldList.of([['streamtype', 'stdin']]);

const FRAMES: readonly ControlFrame[] = [
  {
    kind: 'syn-stream',
    streamId: 1,
    associatedStreamId: 0,
    priority: 3,
    isLast: false,
    isUnidirectional: true,
    fields: STREAM_TYPE,
  },
  { kind: 'syn-reply', streamId: 1, isLast: true, fields: FieldList.empty },
  { kind: 'headers', streamId: 0x7fff_ffff, isLast: false, fields: STREAM_TYPE },
  { kind: 'rst-stream', streamId: 3, status: 5 },
  {
    kind: 'settings',
    settings: [
      { flags: 1, id: 4, value: 100 },
      { flags: 255, id: 0xff_ffff, value: 0xffff_ffff },
    ],
  },
  { kind: 'ping', id: 0xffff_ffff },
  { kind: 'go-away', lastStreamId: 3, status: 0 },
  { kind: 'window-update', streamId: 1, bytes: 0x7fff_ffff },
];

/** What a decoder tells of bytes that come in the given pieces; data is put together. */
function read(pieces: readonly Buffer[]): readonly string[] {
  const events: string[] = [];
  let data = '';
  const decoder = new SpdyFrameDecoder(new HeaderInflater(RAW_DEFLATE), {
    control: (frame) => void events.push(show(frame)),
    data(streamId, piece, isLast) {
      data += piece.toString('latin1');
      if (isLast) events.push(`${streamId} ${data}`);
    },
  });
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    decoder.push(bytes);
    // The bytes are the caller's again.
    bytes.fill(0xee);
  }
  return events;
}

function show(frame: ControlFrame): string {
  return JSON.stringify(frame, (_, value: unknown) =>
    value instanceof FieldList ? [...value] : value,
  );
}

function encodeAll(frames: readonly ControlFrame[]): Buffer {
  const deflater = new HeaderDeflater(RAW_DEFLATE);
  return Buffer.concat(frames.map((frame) => encodeControlFrame(frame, deflater)));
}

describe('SpdyFrameDecoder', () => {
  const data = Buffer.from('the data of a stream');
  const bytes = Buffer.concat([
    encodeAll(FRAMES),
    encodeDataHead(1, 4, false),
    data.subarray(0, 4),
    encodeDataHead(1, data.length - 4, true),
    data.subarray(4),
    encodeDataHead(5, 0, true),
  ]);
  const expected = [...FRAMES.map(show), `1 ${data.toString()}`, `5 ${data.toString()}`];

  it('reads what was written, however it comes', () => {
    assert.deepEqual(read([bytes]), expected);
    assert.deepEqual(read(Array.from(bytes, (byte) => Buffer.of(byte))), expected);
    for (let at = 0; at <= bytes.length; at += 1) {
      assert.deepEqual(read([bytes.subarray(0, at), bytes.subarray(at)]), expected);
    }
  });

  it('refuses other versions and kinds, streams without a number, and frames of the wrong length', () => {
    for (const hex of [
      '8002000600000004 00000001',
      '8003000500000004 00000001',
      '8003000a00000004 00000001',
      '8003ffff00000004 00000001',
      '8003000600000003 000001',
      '8003000600000005 0000000100',
      '8003000300000008 00000000 00000001',
      '8003000300000008 80000000 00000001',
      '8003000700000004 00000001',
      '8003000400000004 00000001',
      '8003000400000004 ffffffff',
      '8003000100000009 000000010000000000',
      '800300020000000c 00000001 78bb000000000000',
      '8003000200fffff8 ',
      '0000000000000000 ',
    ]) {
      const pieces = [Buffer.from(hex.replaceAll(' ', ''), 'hex')];
      assert.throws(() => read(pieces), ProtocolError, hex);
    }
  });

  it('throws nothing but ProtocolError for any bytes', () => {
    const control = fc.tuple(fc.nat(10), fc.nat(3), fc.uint8Array({ maxLength: 30 }));
    fc.assert(
      fc.property(fc.array(fc.oneof(control, fc.uint8Array({ maxLength: 20 }))), (parts) => {
        const pieces = parts.map((part) => {
          if (part instanceof Uint8Array) return Buffer.from(part);
          const [type, flags, body] = part;
          return Buffer.from([0x80, 3, 0, type, flags, 0, 0, body.length, ...body]);
        });
        try {
          read(pieces);
        } catch (error) {
          assert(error instanceof ProtocolError);
        }
      }),
    );
  });
});

describe('HeaderInflater and HeaderDeflater', () => {
  const blocks = Array.from({ length: 60 }, (_, at) =>
    Buffer.from(`${at} stdin ${'x'.repeat(at * 40)}`),
  );

  it('know the dictionary by the name that zlib gives it', () => {
    const packed = zlib.deflateSync(Buffer.from('a'), { dictionary: HEADER_DICTIONARY });
    assert.equal(packed.readUInt32BE(2), HEADER_DICTIONARY_ID);
  });

  it('write one stream that zlib reads as a whole', () => {
    const deflater = new HeaderDeflater(RAW_DEFLATE);
    const packed = Buffer.concat(blocks.map((block) => deflater.deflate(block)));
    const whole = zlib.inflateSync(packed, { dictionary: HEADER_DICTIONARY, finishFlush });
    assert.deepEqual(whole, Buffer.concat(blocks));
  });

  it('read the blocks of one stream that zlib flushed behind each', async () => {
    const stream = zlib.createDeflate({ dictionary: HEADER_DICTIONARY });
    const inflater = new HeaderInflater(RAW_DEFLATE);
    for (const block of blocks) {
      stream.write(block);
      await new Promise<void>((resolve) => stream.flush(finishFlush, resolve));
      const packed: unknown = stream.read();
      assert(Buffer.isBuffer(packed));
      assert.deepEqual(inflater.inflate(packed), block);
    }
    stream.destroy();
  });

  it('refuse broken blocks, other dictionaries, and blocks that unpack to too much', () => {
    const huge = new HeaderDeflater(RAW_DEFLATE).deflate(Buffer.alloc(70_000));
    for (const packed of [
      Buffer.alloc(0),
      Buffer.from('78bb', 'hex'),
      Buffer.from('78bbe3c6a7c2ffff', 'hex'),
      zlib.deflateSync(Buffer.from('a')),
      zlib.deflateSync(Buffer.from('a'), { dictionary: Buffer.from('a') }),
      huge,
    ]) {
      assert.throws(() => new HeaderInflater(RAW_DEFLATE).inflate(packed), ProtocolError);
    }
  });
});

describe('decodeHeaderBlock', () => {
  const fields = FieldList.of([
    ['streamtype', 'data'],
    ['x', 'a'],
    ['port', ''],
    ['x', 'b'],
  ]);

  it('reads what was written', () => {
    const block = decodeHeaderBlock(encodeHeaderBlock(fields));
    assert.deepEqual(block.all('x'), ['a', 'b']);
    assert.equal(block.get('port'), '');
    assert.equal(block.size, 4);
  });

  it('refuses blocks that are cut, go on, or hold what HTTP could not', () => {
    const block = encodeHeaderBlock(fields);
    for (let end = 0; end < block.length; end += 1) {
      assert.throws(() => decodeHeaderBlock(block.subarray(0, end)), ProtocolError);
    }
    for (const hex of [
      '00000001 00000001 61 00000000 00',
      '00000002 00000001 61 00000000 00000001 61 00000000',
      '00000001 00000001 41 00000000',
      '00000001 00000000 00000000',
      '00000001 00000001 61 00000002 0d0a',
      '00000001 ffffffff',
      'ffffffff',
    ]) {
      const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
      assert.throws(() => decodeHeaderBlock(bytes), ProtocolError, hex);
    }
  });
});
