import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { wrapKey } from '../encryption/wrap-key.ts';
import { createContentKey } from './content-key.ts';
import { ContentSealer } from './content-sealer.ts';
import { EntryBatch } from './entry-batch.ts';
import { hashLeaf, MerkleFrontier } from './merkle-frontier.ts';
import {
  decodeFrame,
  decodeSegmentHeader,
  encodeExpiredFrame,
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

const DAY_KEY = createSecretKey(Buffer.alloc(32, 3));
const KEY = createContentKey(
  {
    day: '2026-01-02',
    wrap: (key, purpose) => wrapKey(DAY_KEY, key, purpose),
    unwrap: assert.fail,
  },
  'gw-1.0',
);

describe('segment header', () => {
  it('gives back name, first entry, the edge of the tree and the key', () => {
    const frontier = frontierOf(11);
    const bytes = encodeSegmentHeader('gw-1.0', frontier, KEY.sealed);
    assert.deepEqual(decodeSegmentHeader(Buffer.concat([bytes, Buffer.alloc(100)])), {
      logName: 'gw-1.0',
      firstSeq: 11,
      peaks: frontier.peaks(),
      contentKey: KEY.sealed,
      isThinned: false,
      headerBytes: bytes.length,
    });
    const thinned = decodeSegmentHeader(encodeSegmentHeader('gw-1.0', frontier, KEY.sealed, true));
    assert(typeof thinned === 'object' && thinned.isThinned);
  });

  it('is refused when cut at any byte or changed in any', () => {
    const bytes = encodeSegmentHeader('gw-1.0', frontierOf(3), KEY.sealed);
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
        const magic = Buffer.concat([Buffer.from('SPLEDGER\0\x02'), bytes]);
        assert.equal(typeof decodeSegmentHeader(magic), 'string');
      }),
    );
  });
});

describe('what is left of an entry that expired', () => {
  it('is its leaf hash, and nothing else when cut at any byte or changed in any', () => {
    const leafHash = Buffer.alloc(32, 7);
    const bytes = encodeExpiredFrame(leafHash);
    assert.deepEqual(decodeFrame(bytes, 0), { state: 'expired', leafHash, end: 48 });
    for (let at = 0; at < bytes.length; at++) {
      assert.equal(decodeFrame(bytes.subarray(0, at), 0).state, 'short');
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0xff;
      assert.notEqual(decodeFrame(changed, 0).state, 'expired');
    }
    assert.equal(decodeFrame(Buffer.alloc(100), 0).state, 'bad');
  });
});

describe('decodeFrame', () => {
  const batch = new EntryBatch();
  const sealed = new ContentSealer(KEY).seal('{"text":"select 1"}');
  const leafHash = batch.add('{"v":1,"seq":0}', sealed);
  const { bytes } = batch;

  it('finds entry and content that a batch framed, and the leaf hash is of the entry alone', () => {
    const frame = decodeFrame(bytes, 0);
    assert(frame.state === 'whole');
    const entry = bytes.subarray(frame.start, frame.entryEnd);
    assert.equal(entry.toString(), '{"v":1,"seq":0}');
    assert.equal(hashLeaf(entry), leafHash);
    assert.deepEqual(bytes.subarray(frame.entryEnd, frame.end), sealed.bytes);
    assert.equal(frame.contentOffset, sealed.offset);
    assert.equal(bytes.readUInt32BE(0), crc32(bytes.subarray(4)));
  });

  it('calls a frame short when it is cut at any byte', () => {
    for (let length = 0; length < bytes.length; length++) {
      assert.equal(decodeFrame(bytes.subarray(0, length), 0).state, 'short');
    }
  });

  it('calls a frame bad for an impossible length, and for any changed byte', () => {
    for (const [at, length] of [
      [4, 0],
      [4, 65_537],
      [4, 2 ** 32 - 1],
      [8, 65_537],
      [8, 2 ** 32 - 1],
    ] as const) {
      const frame = Buffer.from(bytes);
      frame.writeUInt32BE(length, at);
      assert.equal(decodeFrame(frame, 0).state, 'bad');
    }
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0x01;
      assert.notEqual(decodeFrame(changed, 0).state, 'whole');
    }
  });

  it('finds nothing whole in random bytes, and does not throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (random) => {
        assert.notEqual(decodeFrame(Buffer.from(random), 0).state, 'whole');
      }),
    );
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
