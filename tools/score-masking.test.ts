import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { compileDetectors } from '../src/masking/detectors/detectors.ts';
import { predict, scoreFolder } from './score-masking.ts';

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
