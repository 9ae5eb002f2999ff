import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatTable } from './format-table.ts';
import { MEASURES, Results } from './results.ts';

describe('formatTable', () => {
  it('shows medians, their spread, and ratios to the first contestant that has the figure', () => {
    const results = new Results();
    for (const value of [90, 100, 110]) results.add('direct', 'COPY in: MB/s', value);
    for (const value of [45, 50, 55]) results.add('gateway', 'COPY in: MB/s', value);
    results.add('gateway', 'memory idle: MB', 80);
    const lines = formatTable(['direct', 'gateway'], results, MEASURES).split('\n');
    const rowOf = (name: string): string =>
      lines.find((line) => line.startsWith(`| ${name}`))?.replaceAll(/ +/g, ' ') ?? '';
    assert.equal(rowOf('COPY in'), '| COPY in: MB/s | 100 (90–110) | 50 (45–55) ×0.50 |');
    assert.equal(rowOf('memory idle'), '| memory idle: MB | – | 80.0 |');
  });

  it('compares within rounds, which a machine that is slow for a while does not change', () => {
    const results = new Results();
    for (const value of [100, 20, 100]) results.add('direct', 'COPY in: MB/s', value);
    for (const value of [50, 10, 90]) results.add('gateway', 'COPY in: MB/s', value);
    const table = formatTable(['direct', 'gateway'], results, MEASURES);
    assert.match(table, /\| 100 \(20–100\) \| +50 \(10–90\) ×0\.50 \|/);
  });

  it('says no ratio of what was not measured side by side, nor of nothing', () => {
    const results = new Results();
    results.add('direct', 'COPY in: MB/s', 0);
    for (const value of [1, 2]) results.add('direct', 'COPY out: MB/s', value);
    for (const name of ['COPY in: MB/s', 'COPY out: MB/s'] as const)
      results.add('gateway', name, 5);
    assert.doesNotMatch(formatTable(['direct', 'gateway'], results, MEASURES), /×/);
  });

  it('keeps a row for what was not measured, so that a gap shows', () => {
    const table = formatTable(['direct'], new Results(), MEASURES);
    assert.match(table, /\| COPY out: MB\/s +\| +– \|/);
  });
});
