import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';

import { loadPolicySet } from './policy-set.ts';
import { convertByteOffset, findPosition, splitPolicies } from './policy-text.ts';

/** Pieces that a splitter could trip over, in any order. */
const PIECES = [
  'permit',
  '(principal, action, resource)',
  ';',
  '"',
  '\\',
  '\\"',
  '//',
  '\n',
  '\r',
  ' ',
  '@id("a;b")',
  '{',
  '}',
  'é漢',
  '\u2028',
  '&&',
];

const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 30 }).map((parts) => parts.join(''));

describe('splitPolicies', () => {
  it('cuts without losing anything but spaces and comments', () => {
    fc.assert(
      fc.property(text, (source) => {
        const slices = splitPolicies(source);
        if ('message' in slices) return;
        let end = 0;
        for (const slice of slices) {
          assert.equal(source.slice(slice.start, slice.start + slice.text.length), slice.text);
          assert.match(source.slice(end, slice.start), /^(?:\s|\/\/[^\r\n]*(?:[\r\n]|$))*$/);
          end = slice.start + slice.text.length;
        }
        assert.match(source.slice(end), /^(?:\s|\/\/[^\r\n]*(?:[\r\n]|$))*$/);
      }),
    );
  });

  it('finds as many policies as there are, whatever stands between them', () => {
    const trivia = fc.constantFrom('', ' ', '\n', '// ; "\n', '//\r', '\t');
    const policy = fc.constantFrom(
      'permit(principal, action, resource);',
      'forbid(principal == User::"a;\\"//b", action, resource)// ;\n;',
      '@reason("; // \\\\")permit(principal,action,resource)when{context has database};',
    );
    const file = fc.array(fc.tuple(trivia, policy), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(file, trivia, (parts, rest) => {
        const source = parts.flat().join('') + rest;
        const loading = loadPolicySet([{ path: 'p.cedar', text: source }]);
        assert.equal(loading.kind, 'loaded', source);
        assert.equal(loading.policySet.policies.size, parts.length);
      }),
      { numRuns: 40 },
    );
  });

  it('never lets a file throw: it is loaded or rejected', () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ unit: 'binary' })), (source) => {
        const loading = loadPolicySet([{ path: 'p.cedar', text: source }]);
        if (loading.kind === 'rejected') assert.ok((loading.problems[0]?.line ?? 0) > 0);
      }),
      { numRuns: 60 },
    );
  });
});

describe('findPosition and convertByteOffset', () => {
  it('count lines from 1 and columns in UTF-16 units', () => {
    assert.deepEqual(findPosition('', 0), { line: 1, column: 1 });
    assert.deepEqual(findPosition('a\nbc', 3), { line: 2, column: 2 });
    assert.deepEqual(findPosition('a\r\nb', 3), { line: 2, column: 1 });
  });

  it('turn bytes into UTF-16 units', () => {
    assert.equal(convertByteOffset('é漢𝄞x', 9), 4);
    assert.equal(convertByteOffset('abc', 2), 2);
  });
});
