import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { EntryBatch } from './entry-batch.ts';
import { hashLeaf, MerkleFrontier } from './merkle-frontier.ts';
import {
  decodeFrame,
  decodeSegmentHeader,
  encodeSegmentHeader,
  parseSegmentFileName,
  segmentFileName,
} from './segment-format.ts';

function frontierOf(size: number): MerkleFrontier {
  const frontier = new MerkleFrontier();
  for (let index = 0; index < size; index++) {
    frontier.append(Buffer.from(hashLeaf(Buffer.of(index)), 'hex'));
  }
  return frontier;
}

describe('segment header', () => {
  it('gives back name, first entry and the edge of the tree', () => {
    const frontier = frontierOf(11);
    const bytes = encodeSegmentHeader('gw-1.0', frontier);
    assert.deepEqual(decodeSegmentHeader(Buffer.concat([bytes, Buffer.alloc(100)])), {
      logName: 'gw-1.0',
      firstSeq: 11,
      peaks: frontier.peaks(),
      headerBytes: bytes.length,
    });
  });

  it('is refused when cut at any byte or changed in any', () => {
    const bytes = encodeSegmentHeader('gw-1.0', frontierOf(3));
    for (let at = 0; at < bytes.length; at++) {
      assert.equal(typeof decodeSegmentHeader(bytes.subarray(0, at)), 'string');
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0xff;
      assert.equal(typeof decodeSegmentHeader(changed), 'string', `byte ${at}`);
    }
  });

  it('is refused, and nothing else happens, for random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        assert.equal(typeof decodeSegmentHeader(Buffer.from(bytes)), 'string');
        const magic = Buffer.concat([Buffer.from('SPLEDGER\0\x01'), bytes]);
        assert.equal(typeof decodeSegmentHeader(magic), 'string');
      }),
    );
  });
});

describe('decodeFrame', () => {
  const batch = new EntryBatch();
  const leafHash = batch.add('{"v":1,"seq":0}');
  const { bytes } = batch;

  it('finds the entry that a batch framed, which hashes to the leaf that the batch said', () => {
    const frame = decodeFrame(bytes, 0);
    assert(frame.state === 'whole');
    const entry = bytes.subarray(frame.start, frame.end);
    assert.equal(entry.toString(), '{"v":1,"seq":0}');
    assert.equal(hashLeaf(entry), leafHash);
    assert.equal(bytes.readUInt32BE(4), crc32(entry));
  });

  it('calls a frame short when it is cut at any byte', () => {
    for (let length = 0; length < bytes.length; length++) {
      assert.equal(decodeFrame(bytes.subarray(0, length), 0).state, 'short');
    }
  });

  it('calls a frame bad for a length of 0 or above the limit, and for any changed byte of the entry', () => {
    for (const length of [0, 65_537, 2 ** 31, 2 ** 32 - 1]) {
      const frame = Buffer.from(bytes);
      frame.writeUInt32BE(length);
      assert.equal(decodeFrame(frame, 0).state, 'bad');
    }
    for (let at = 4; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0x01;
      assert.equal(decodeFrame(changed, 0).state, 'bad');
    }
  });
});

describe('segmentFileName', () => {
  it('is read back, and nothing else is', () => {
    assert.equal(parseSegmentFileName(segmentFileName(163_840)), 163_840);
    for (const name of ['checkpoints', '12.segment', '0000000000000000.segment.unfinished']) {
      assert.equal(parseSegmentFileName(name), undefined);
    }
  });
});
