import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RequestBacklog } from './request-backlog.ts';

describe('RequestBacklog', () => {
  it('keeps what came, in order, however it was cut', () => {
    fc.assert(
      fc.property(
        fc.uint8Array(),
        fc.array(fc.uint8Array({ maxLength: 9_000 })),
        (first, chunks) => {
          const backlog = new RequestBacklog(Buffer.from(first));
          for (const chunk of chunks) {
            const lent = Buffer.concat([Buffer.of(1), chunk, Buffer.of(2)]);
            backlog.add(lent, 1, lent.length - 1);
            lent.fill(0);
          }
          const expected = Buffer.concat([first, ...chunks]);
          assert.equal(backlog.byteCount, expected.length);
          assert.ok(backlog.bytes.equals(expected));
        },
      ),
    );
  });

  it('gives up what was taken of it, and goes on behind the rest', () => {
    const step = fc.tuple(
      fc.uint8Array({ maxLength: 9_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const backlog = new RequestBacklog(Buffer.alloc(0));
        let expected = Buffer.alloc(0);
        for (const [chunk, part] of steps) {
          backlog.add(Buffer.from(chunk), 0, chunk.length);
          expected = Buffer.concat([expected, chunk]);
          const left = Math.floor(expected.length * part);
          backlog.keepLast(left);
          expected = expected.subarray(expected.length - left);
          assert.equal(backlog.byteCount, left);
          assert.ok(backlog.bytes.equals(expected));
        }
      }),
    );
  });

  it('copies nothing where some of it is taken', () => {
    const backlog = new RequestBacklog(Buffer.alloc(10_000, 'x'));
    const { buffer, byteOffset } = backlog.bytes;
    backlog.keepLast(4_000);
    assert.equal(backlog.bytes.buffer, buffer);
    assert.equal(backlog.bytes.byteOffset, byteOffset + 6_000);
  });
});
