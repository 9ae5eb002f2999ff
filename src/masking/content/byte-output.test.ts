import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ByteOutput } from './byte-output.ts';

const PIECE = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
);

describe('ByteOutput', () => {
  it('holds what was written, in order, whatever it was and whenever it is taken', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(PIECE, fc.nat(40), fc.boolean())), (pieces) => {
        const output = new ByteOutput();
        const written: Buffer[] = [];
        const taken: Buffer[] = [];
        for (const [piece, start, isTaken] of pieces) {
          if (typeof piece === 'string') {
            output.text(piece);
            written.push(Buffer.from(piece));
          } else if (start > piece.length) {
            output.add(piece);
            written.push(piece);
          } else {
            output.copy(piece, start, piece.length);
            written.push(piece.subarray(start));
          }
          if (isTaken) taken.push(output.take());
        }
        taken.push(output.take());
        assert.deepEqual(Buffer.concat(taken), Buffer.concat(written));
      }),
    );
  });
});
