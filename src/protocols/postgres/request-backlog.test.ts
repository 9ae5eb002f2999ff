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
});
