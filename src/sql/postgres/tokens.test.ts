import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { tokenize } from './tokens.ts';

function tokensOf(text: string): string[] {
  return tokenize(text).map(({ start, end }) => text.slice(start, end));
}

describe('tokenize', () => {
  it('cuts a text as PostgreSQL does', () => {
    const expected: readonly (readonly [text: string, tokens: readonly string[]])[] = [
      ['SELECT a.b, "c""d".*', ['SELECT', 'a', '.', 'b', ',', '"c""d"', '.', '*']],
      [`'a''b' E'\\'' U&'x' U&"y" B'1'`, [`'a''b'`, `E'\\''`, `U&'x'`, `U&"y"`, `B'1'`]],
      ['$$a$b$$ $t$ $$ $t$ $1 x$1', ['$$a$b$$', '$t$ $$ $t$', '$1', 'x$1']],
      ['a/*b/*c*/d*/e--f\ng', ['a', 'e', 'g']],
      ['1.5e-3 .5 1e5 a+-1 a/*x*/*b', ['1.5e-3', '.5', '1e5', 'a', '+-', '1', 'a', '*', 'b']],
      ['a>=b::c[1]', ['a', '>=', 'b', ':', ':', 'c', '[', '1', ']']],
      ['-- x\r a', ['a']],
      ['ünï.é', ['ünï', '.', 'é']],
      [`E'a' -- b'\n 'c\\'d' e 'f'`, [`E'a' -- b'\n 'c\\'d'`, 'e', `'f'`]],
      [`'a'\n'b\\' c`, [`'a'`, `'b\\'`, 'c']],
    ];
    for (const [text, tokens] of expected) assert.deepEqual(tokensOf(text), tokens, text);
  });

  it('comes to an end, in order and without overlaps, on whatever text', () => {
    const part = fc.constantFrom(
      ...`' " $ $$ $a$ E' U&" /* */ -- \n a 1 . ( ) \\ é + *`.split(' '),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
        const text = parts.join('');
        let position = 0;
        for (const { start, end } of tokenize(text)) {
          assert(start >= position && end > start && end <= text.length);
          position = end;
        }
      }),
    );
  });
});
