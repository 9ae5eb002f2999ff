import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { InternedTexts } from './interned-texts.ts';

describe('InternedTexts', () => {
  it('tells what bytes say, whatever it remembers', () => {
    const texts = new InternedTexts();
    const alike = fc.stringMatching(/^[ab]{0,9}$/);
    const any = fc.string({ unit: 'binary', maxLength: 70 }).map((text) => text.toWellFormed());
    fc.assert(
      fc.property(fc.oneof(alike, any), fc.nat(5), (text, before) => {
        const bytes = Buffer.concat([Buffer.alloc(before, 0x61), Buffer.from(`${text}b`)]);
        assert.equal(texts.find(bytes, before, bytes.length - 1), text);
      }),
      { numRuns: 2000 },
    );
  });

  it('tells what bytes say now, not what the same place said before', () => {
    const texts = new InternedTexts();
    const bytes = Buffer.alloc(8);
    for (let number = 0; number < 20_000; number++) {
      const text = String(10_000_000 + (number % 5000));
      bytes.write(text);
      assert.equal(texts.find(bytes, 0, 8), text);
    }
  });
});
