import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { compileDetectors } from '../src/masking/detectors/detectors.ts';
import { formatScorecard, predict, scoreFolder } from './score-masking.ts';

describe('formatScorecard', () => {
  const read = (file: string): string =>
    readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
  const source = read('src/reports/detector-scorecard.ts');
  const report = read('docs/masking-score.md');

  it('writes what reports say of the detectors as the measured figures say it', () => {
    assert.equal(formatScorecard(source, report), source);
    const changed = formatScorecard(source, report.replace('3656 values', '4000 values'));
    assert.equal(changed, source.replace(', 3656,', ', 4000,'));
  });

  it('writes nothing where there are no figures, or no place for them', () => {
    assert.throws(() => formatScorecard(source, '# Nothing'), /no figures/);
    assert.throws(() => formatScorecard('export {};', report), /no place/);
  });
});

describe('scoreFolder', () => {
  it('says what is missing', () => {
    assert.throws(() => scoreFolder('/nonexistent/phi', undefined), /no folder \/nonexistent\/phi/);
    const empty = mkdtempSync(path.join(tmpdir(), 'sallyport-score-'));
    assert.throws(() => scoreFolder(empty, undefined), /holds no set/);
  });

  it('scores the sets that are there, and the half that is asked for', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sallyport-score-'));
    const rows = [
      { id: 'a', text: 'SSN 219-09-4321', spans: [{ start: 4, end: 15, label: 'SSN' }] },
      { id: 'b', text: 'Quxwell slept', spans: [{ start: 0, end: 7, label: 'NAME' }] },
    ];
    writeFileSync(
      path.join(folder, 'notes.jsonl'),
      rows.map((row) => JSON.stringify(row)).join('\n'),
    );
    assert.match(scoreFolder(folder, undefined), /2 values in 2 texts: 50\.0 % masked in full/);
    assert.match(scoreFolder(folder, 'even'), /1 values in 1 texts: 100\.0 % masked in full/);
    assert.match(scoreFolder(folder, 'odd'), /\| NAME \| 1 \| 0\.0 % \| 0\.0 % \|/);
  });
});

describe('predict', () => {
  it('counts in code points, not in bytes', () => {
    const [found] = predict(compileDetectors(), 'é\u{1f600} 219-09-4321');
    assert.deepEqual(found, { start: 3, end: 14, label: 'ssn', level: 'must' });
  });
});
