import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compileDfa } from './dfa.ts';
import { parsePattern } from './parse-pattern.ts';
import { PatternError } from './pattern-error.ts';

describe('parsePattern', () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    ['(a)\\1', /backreferences/],
    ['(?=a)b', /lookaround/],
    ['(?<!a)b', /lookaround/],
    ['(?<name>a)', /named groups/],
    ['a*?b', /lazy/],
    ['a++', /possessive/],
    ['^a', /not supported/],
    ['a$', /not supported/],
    ['a*', /empty text/],
    ['', /empty text/],
    ['(a|)', /empty text/],
    ['(a', /without its \)/],
    ['a)', /without its \(/],
    ['[a', /without its \]/],
    ['[z-a]', /backwards/],
    ['[^\\x00-\\xff]b', /empty/],
    ['[é]', /outside ASCII/],
    ['a{3,2}', /ends before/],
    ['a{300}', /beyond/],
    ['a{', /neither/],
    ['*a', /nothing to repeat/],
    ['a\\b c', /either end/],
    ['\\p{L}', /not supported/],
    ['\\x4', /hexadecimal/],
    ['a\\', /not supported/],
  ];
  for (const [source, reason] of refused) {
    it(`refuses ${JSON.stringify(source)}`, () => {
      assert.throws(
        () => compileDfa([parsePattern(source)]),
        (error: unknown) => {
          assert(error instanceof PatternError);
          assert.match(error.reason, reason);
          return true;
        },
      );
    });
  }

  it('refuses groups nested beyond its limit, and repetitions that multiply', () => {
    assert.throws(() => parsePattern('('.repeat(100_000)), PatternError);
    assert.throws(
      () => compileDfa([parsePattern('((a{200}){200}){200}')]),
      /repetitions are too many/,
    );
  });

  it('reads where a pattern may match', () => {
    assert.deepEqual(
      ['a', '\\ba', 'a\\b', '\\ba\\b', 'a\\\\b', '(?i)\\bA'].map((source) => {
        const { wordStart, wordEnd } = parsePattern(source);
        return [wordStart, wordEnd];
      }),
      [
        [false, false],
        [true, false],
        [false, true],
        [true, true],
        [false, false],
        [true, false],
      ],
    );
  });

  it('throws nothing but PatternError, whatever it is given', () => {
    const characters = fc.constantFrom(...Array.from('ab1(){}[]|?*+.\\^$-,:=<i é'));
    fc.assert(
      fc.property(fc.array(characters, { maxLength: 20 }), (parts) => {
        try {
          parsePattern(parts.join(''));
        } catch (error) {
          assert(error instanceof PatternError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
