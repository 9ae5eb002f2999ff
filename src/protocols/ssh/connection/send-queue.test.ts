import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SendQueue } from './send-queue.ts';

const MEBIBYTE = 1024 * 1024;

describe('SendQueue', () => {
  it('gives back what it was given, in order and by stream, however it is taken', () => {
    const chunk = fc.tuple(fc.uint8Array({ maxLength: 9_000 }), fc.boolean());
    fc.assert(
      fc.property(fc.array(chunk), fc.integer({ min: 1, max: 5_000 }), (chunks, bytesMax) => {
        const queue = new SendQueue();
        const put: number[] = [];
        const got: number[] = [];
        const take = (): boolean => {
          const next = queue.shift(bytesMax);
          if (next === undefined) return false;
          assert.ok(next.bytes.length <= bytesMax);
          got.push(...mark(next.bytes, next.stream === 'stderr'));
          return true;
        };
        for (const [index, [bytes, isError]] of chunks.entries()) {
          queue.push(Buffer.from(bytes), isError ? 'stderr' : 'stdout');
          put.push(...mark(bytes, isError));
          if (index % 3 === 0) take();
        }
        while (take());
        assert.deepEqual(got, put);
        assert.equal(queue.byteCount, 0);
      }),
      { numRuns: 50 },
    );
  });

  it('takes little more than the bytes for what comes byte by byte, on streams in turn', () => {
    const queue = new SendQueue();
    const byte = Buffer.from('x');
    const before = process.memoryUsage();
    for (let count = 0; count < MEBIBYTE; count += 1) {
      queue.push(byte, count % 2 === 0 ? 'stdout' : 'stderr');
    }
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    const grown = heapUsed - before.heapUsed + arrayBuffers - before.arrayBuffers;
    assert.ok(grown < 40 * MEBIBYTE, `${grown} bytes`);
    assert.equal(queue.byteCount, MEBIBYTE);
  });
});

function mark(bytes: Uint8Array, isError: boolean): readonly number[] {
  return Array.from(bytes, (byte) => (isError ? byte + 256 : byte));
}
