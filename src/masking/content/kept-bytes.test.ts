import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { KeptBytes } from './kept-bytes.ts';
import { maskContent } from './masked-content.fixture.ts';

describe('KeptBytes', () => {
  it('copies what comes byte by byte into memory that doubles, not into other memory each time', () => {
    const kept = new KeptBytes();
    const memory = new Set<ArrayBufferLike>();
    const count = 100_000;
    for (let index = 0; index < count; index++) {
      const all = kept.join(Buffer.of(index & 0xff));
      if (index > 10_000) memory.add(all.buffer);
      kept.keep(all, 0);
    }
    assert.equal(kept.length, count);
    assert.ok(memory.size <= 5, `${memory.size} pieces of memory`);
  });

  it('has what was kept, in order, whatever was read of it', () => {
    const piece = fc.uint8Array({ maxLength: 20 });
    fc.assert(
      fc.property(fc.array(fc.tuple(piece, fc.nat({ max: 30 }))), (pieces) => {
        const kept = new KeptBytes();
        let expected = Buffer.alloc(0);
        for (const [bytes, read] of pieces) {
          const given = Buffer.from(bytes);
          const all = kept.join(given);
          expected = Buffer.concat([expected, bytes]);
          assert.deepEqual(Buffer.from(all), expected);
          const start = Math.min(read, all.length);
          kept.keep(all, start);
          expected = expected.subarray(start);
          // The piece is the sender's again.
          given.fill(0);
          assert.equal(kept.length, expected.length);
        }
      }),
    );
  });

  it('is all that masks need for contents of one token that come byte by byte', () => {
    const isa =
      'ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240131*1011*^*00501*000000001*0*T*:~';
    const long = 'word '.repeat(40_000);
    for (const [format, text] of [
      ['json', `{"a":"${long}"}`],
      ['csv', `a,b\n1,"${long}"\n`],
      ['form', `a=${long.replaceAll(' ', '+')}&b=1`],
      ['xml', `<a>${long}</a>`],
      ['xml', `<a b="${long}"/>`],
      ['xml', `<a><!--${long}--></a>`],
      ['x12', `${isa}${' '.repeat(long.length)}ST*837*0001~IEA*1*000000001~`],
      ['x12', `${isa}NTE*ADD*${long}~IEA*1*000000001~`],
      ['hl7v2', `MSH|^~\\&|A|B|C|D|2024||ADT^A01|1|P|2.3\rNTE|1||${long}\r`],
      ['text', long],
    ] as const) {
      const pieces = Array.from(Buffer.from(text), (byte) => Buffer.of(byte));
      assert.ok(
        maskContent({ format }, pieces).text === maskContent({ format }, [text]).text,
        format,
      );
    }
  });
});
