import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { OutputBuffer } from './output-buffer.ts';

/** As large as a read may be: more than is gathered at a time. */
const READ_BYTES = 512 * 1024;

describe('OutputBuffer', () => {
  it('shows all that was added in order, whatever became of what was lent', () => {
    const read = Buffer.from(Array.from({ length: READ_BYTES }, (_, index) => index % 251));
    const piece = fc.record({
      isOfRead: fc.boolean(),
      start: fc.nat(READ_BYTES),
      size: fc.oneof(fc.nat(300), fc.nat(READ_BYTES)),
    });
    fc.assert(
      fc.property(fc.array(fc.array(piece, { maxLength: 6 }), { maxLength: 4 }), (reads) => {
        const shown: Buffer[] = [];
        const added: Buffer[] = [];
        const output = new OutputBuffer((buffer, start, end) => {
          shown.push(Buffer.from(buffer.subarray(start, end)));
        });
        for (const pieces of reads) {
          output.begin(read);
          for (const { isOfRead, start, size } of pieces) {
            const bytes = read.subarray(start, start + size);
            added.push(Buffer.from(bytes));
            if (isOfRead) {
              output.add(read, start, start + bytes.length);
              continue;
            }
            const lent = Buffer.from(bytes);
            output.add(lent, 0, lent.length);
            lent.fill(0xff);
          }
          output.flush();
        }
        assert(Buffer.concat(shown).equals(Buffer.concat(added)));
      }),
      { numRuns: 200 },
    );
  });

  it('hands a read on from where it lies if nothing in it was replaced', () => {
    const read = Buffer.alloc(64 * 1024);
    const shown: [Buffer, number, number][] = [];
    const output = new OutputBuffer((...piece) => shown.push(piece));
    output.begin(read);
    output.add(read, 5, read.length);
    assert.equal(shown.length, 0);
    output.flush();
    assert.equal(shown.length, 1);
    assert.equal(shown[0]?.[0], read);
    assert.deepEqual(shown[0]?.slice(1), [5, read.length]);
    output.flush();
    assert.equal(shown.length, 1);
  });
});
