import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isIncomplete } from './incomplete-text.ts';

it('A line is incomplete while the shell would ask for more', () => {
  for (const text of [
    "echo 'a",
    'echo "a',
    'echo $(a',
    'echo `a',
    'if a',
    'while a; do b',
    '{ a',
    '(a',
    'a &&',
    'a |',
    'case x in',
    'cat <<E',
    'cat <<E\nx',
    'a \\',
    'f() {',
  ]) {
    assert.equal(isIncomplete(text), true, text);
  }
});

it('A line is complete if it is whole or wrong', () => {
  for (const text of [
    '',
    'ls',
    'a \\\\',
    "echo 'a'",
    'if a; then b; fi',
    'cat <<E\nx\nE\n',
    'a )',
    '}',
    'a ;; b',
    'echo <',
    '| a',
    '# "',
    '$('.repeat(500),
  ]) {
    assert.equal(isIncomplete(text), false, text);
  }
});
