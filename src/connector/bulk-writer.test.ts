import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BulkWriter } from './bulk-writer.ts';

/** As the connector takes what is small for the beginning of an answer. */
const AT_ONCE = 256 * 1024;
const PIECE = 64 * 1024;

/** Keeps what is written, each time. */
class Kept extends Writable {
  readonly writes: Buffer[] = [];

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.writes.push(Buffer.from(chunk));
    this.emit('written');
    done();
  }

  get bytes(): Buffer {
    return Buffer.concat(this.writes);
  }
}

function write(writer: BulkWriter, size: number, fill = 1): void {
  const lent = Buffer.alloc(size + 20, fill);
  writer.write(lent, 10, 10 + size);
  lent.fill(0xff);
}

describe('BulkWriter', () => {
  it('writes the beginning of an answer as it comes', () => {
    const stream = new Kept();
    const writer = new BulkWriter(stream);
    for (let sent = 0; sent < AT_ONCE; sent += 8192) {
      write(writer, 8192);
      assert.equal(stream.bytes.length, sent + 8192);
    }
    writer.close();
  });

  it('fills pieces of what comes behind, and writes the rest when it is slow', async () => {
    const stream = new Kept();
    const writer = new BulkWriter(stream);
    write(writer, AT_ONCE);
    const before = stream.writes.length;
    for (let count = 0; count < 20; count += 1) write(writer, 8192, count);
    // A machine that stood still for a millisecond may have begun another piece.
    while (stream.bytes.length < AT_ONCE + 20 * 8192) await once(stream, 'written');
    assert(stream.writes.length - before < 20, `${stream.writes.length - before} writes`);
    assert(stream.writes.slice(before).every(({ length }) => length <= PIECE));
    // What comes now comes at once again.
    write(writer, 10);
    assert.equal(stream.bytes.length, AT_ONCE + 20 * 8192 + 10);
    writer.close();
  });

  it('writes what is large as it is', () => {
    const stream = new Kept();
    const writer = new BulkWriter(stream);
    for (const size of [AT_ONCE, PIECE, 200_000]) write(writer, size);
    assert.deepEqual(
      stream.writes.map(({ length }) => length),
      [AT_ONCE, PIECE, 200_000],
    );
    writer.close();
  });

  it('takes what follows a question for the beginning of an answer', () => {
    const stream = new Kept();
    const writer = new BulkWriter(stream);
    write(writer, AT_ONCE);
    writer.restart();
    write(writer, 10);
    assert.equal(stream.bytes.length, AT_ONCE + 10);
    writer.close();
  });

  it('keeps every byte in its order, whatever the sizes, and copies what is lent', async () => {
    const size = fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 300_000 }));
    await fc.assert(
      fc.asyncProperty(fc.array(size, { maxLength: 20 }), async (sizes) => {
        const stream = new Kept();
        const writer = new BulkWriter(stream);
        for (const [index, bytes] of sizes.entries()) {
          write(writer, bytes, index);
          if (bytes % 3 === 0) await new Promise(setImmediate);
          if (bytes % 7 === 0) writer.restart();
        }
        writer.flush();
        writer.close();
        const expected = Buffer.concat(sizes.map((bytes, index) => Buffer.alloc(bytes, index)));
        assert(stream.bytes.equals(expected));
      }),
      { numRuns: 50 },
    );
  });
});
