import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { CHECKOUT } from './source-file.ts';
import { findUnitTests } from './test-files.ts';

describe('tests that run in one process', () => {
  it('have hooks in a describe only: outside of any they run around the tests of all files', () => {
    const files = findUnitTests();
    assert(files.length > 100);
    const wrong = files.filter((file) =>
      /^(?:before|after)(?:Each)?\(/m.test(readFileSync(path.join(CHECKOUT, file), 'utf8')),
    );
    assert.deepEqual(wrong, []);
  });
});
