import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { DETECTOR_SCORECARD } from './detector-scorecard.ts';

test('the scorecard of reports is the one that was measured last', () => {
  const measured = readFileSync(new URL('../../docs/masking-score.md', import.meta.url), 'utf8');
  const sections = [
    ...measured.matchAll(
      /^## \S.*?: (.+)\n\n(\d+) values in \d+ texts: ([\d.]+) % masked in full.*?Over-masked: ([\d.]+) %/gm,
    ),
  ].map(([, texts = '', values, inFull, overMasked]) => ({
    texts,
    values: Number(values),
    inFullPercent: Number(inFull),
    overMaskedPercent: Number(overMasked),
  }));
  assert.ok(sections.length > 0);
  assert.deepEqual(DETECTOR_SCORECARD, sections);
});
