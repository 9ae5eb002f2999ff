import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { formatFhirScore, scoreFhir } from './score-fhir.ts';

describe('scoreFhir', () => {
  it('counts what is masked, what holds, what is untouched and what is no FHIR any more', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sallyport-score-'));
    const resource = {
      resourceType: 'Patient',
      id: 'p1',
      text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">Quxley</div>' },
      name: [{ family: 'Quxley' }],
      gender: 'female',
      maritalStatus: { text: 'not Quxley’s' },
    };
    const truth = [
      { ptr: '/name/0/family', level: 'must' },
      // What is shown although it must not be.
      { ptr: '/gender', level: 'must' },
      { ptr: '/text/div', level: 'check', mustNotContain: ['Quxley'] },
      { ptr: '/text/status', level: 'check', mustNotContain: ['generated'] },
      { ptr: '/id', level: 'soft' },
    ];
    writeFileSync(path.join(folder, 'resources.ndjson'), `${JSON.stringify(resource)}\n`);
    writeFileSync(path.join(folder, 'truth.ndjson'), `${JSON.stringify({ truth })}\n`);
    const score = scoreFhir(folder);
    rmSync(folder, { recursive: true });
    assert.deepEqual(
      { ...score },
      {
        ...{ resourceCount: 1, mustCount: 2, mustMasked: 1, checkCount: 2, checkHeld: 1 },
        // The type stays; of the text, a name is hidden.
        ...{ otherCount: 2, otherUntouched: 1, invalidCount: 0 },
      },
    );
    assert.match(formatFhirScore(score), /1 of 2 values that must be masked are \(50\.00 %\)/);
  });
});
