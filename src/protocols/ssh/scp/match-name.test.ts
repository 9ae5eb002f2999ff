import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compileName } from './match-name.ts';

describe('compileName', () => {
  it('matches as shells do', () => {
    const cases: readonly (readonly [string, string, boolean])[] = [
      ['*.csv', 'a.csv', true],
      ['*.csv', 'a.csv.gz', false],
      ['a?c', 'aßc', true],
      ['a?c', 'ac', false],
      ['[a-c]x', 'bx', true],
      ['[!a-c]x', 'bx', false],
      ['[^a-c]x', 'dx', true],
      ['[z-a]x', 'bx', false],
      ['[.-]x', '-x', true],
      ['a[', 'a[', true],
      ['a.b', 'axb', false],
      ['*', '', true],
      ['a*b*c', 'a1b2b3c', true],
    ];
    for (const [pattern, name, isMatch] of cases) {
      assert.equal(compileName(pattern)(name), isMatch, `${pattern} ${name}`);
    }
  });

  it('comes to the same as trying every way', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 6 });
    const name = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 6 });
    fc.assert(
      fc.property(text, name, (pattern, candidate) => {
        const expression = new RegExp(`^${pattern.replaceAll('?', '.').replaceAll('*', '.*')}$`);
        assert.equal(compileName(pattern)(candidate), expression.test(candidate));
      }),
    );
  });

  it('takes little longer for many wildcards and a long name', () => {
    // Every way to divide the name would be more than the machine could ever try.
    assert.equal(compileName(`${'*a'.repeat(60)}*b`)('a'.repeat(255)), false);
  });
});
