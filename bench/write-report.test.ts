import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { CHECKOUT } from '../tools/source-file.ts';
import { replaceReport } from './write-report.ts';

describe('replaceReport', () => {
  const document = readFileSync(path.join(CHECKOUT, 'docs', 'performance.md'), 'utf8');

  it('replaces what is between the marks of docs/performance.md, and nothing else', () => {
    const once = replaceReport(document, 'first');
    const twice = replaceReport(once, 'second');
    assert.match(once, /\n\nfirst\n\n/);
    assert.equal(twice, once.replace('first', 'second'));
    assert(twice.startsWith(document.slice(0, 100)));
  });

  it('refuses a document without marks', () => {
    assert.throws(() => replaceReport('# Performance\n', 'first'), /marks/);
  });
});
