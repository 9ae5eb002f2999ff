import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigurationError } from '../configuration/configuration-error.ts';
import type { DataMap } from '../configuration/data-map.ts';
import type { DataMapDetector } from '../configuration/data-map-detectors.ts';
import { DetectorSets, findDetectorProblems } from './detector-sets.ts';

const PLACE = { file: 'targets/ehr.yaml', line: 9, column: 16 };
const STUDY = detector('study', String.raw`\bST-\d{5}\b`);

describe('DetectorSets', () => {
  it('finds what a target has a detector for, and nothing of other targets', () => {
    const sets = new DetectorSets();
    sets.prepare([target('ehr', [STUDY]), target('lab', [])]);
    const text = Buffer.from('enrolled as ST-12345 today');
    const redact = (detectors: readonly DataMapDetector[]): string | undefined =>
      sets.find(detectors)?.redact(text, 0, text.length)?.toString();
    assert.equal(redact([STUDY]), 'enrolled as [study-id] today');
    assert.equal(sets.find([])?.redact(text, 0, text.length), undefined);
  });

  it('compiles equal sets once, wherever they stand, and keeps them over a change', () => {
    const sets = new DetectorSets();
    sets.prepare([target('ehr', [STUDY]), target('lab', [{ ...STUDY, place: PLACE }])]);
    const compiled = sets.find([STUDY]);
    assert(compiled !== undefined);
    sets.prepare([target('lab', [{ ...STUDY, place: { ...PLACE, line: 12 } }])]);
    assert.equal(sets.find([STUDY]), compiled);
    sets.prepare([]);
    assert.equal(sets.find([STUDY]), undefined);
  });

  it('names every pattern that cannot be compiled, and keeps what it had', () => {
    const sets = new DetectorSets();
    sets.prepare([target('ehr', [STUDY])]);
    const wrong = [
      { ...detector('backwards', String.raw`(a)\1`), place: PLACE },
      STUDY,
      detector('nothing', 'x*'),
      detector('large', '(a|b)*a(a|b){18}'),
    ];
    assert.throws(
      () => sets.prepare([target('lab', wrong)]),
      (error) => {
        assert(error instanceof ConfigurationError);
        const [first, second, third, ...more] = error.problems;
        assert.deepEqual(more, []);
        assert.deepEqual(first, {
          ...PLACE,
          message: 'Cannot read dataMap.detectors[0].pattern: backreferences are not supported',
        });
        assert.match(second?.message ?? '', /detectors\[2\].pattern: it matches the empty text$/);
        assert.match(third?.message ?? '', /detectors\[3\].pattern: it needs more than \d+ states/);
        assert.deepEqual(error.problems, findDetectorProblems([target('lab', wrong)]));
        return true;
      },
    );
    assert(sets.find([STUDY]) !== undefined);
  });
});

function detector(name: string, pattern: string): DataMapDetector {
  return { name, dataClass: 'study-id', pattern, contextWords: [] };
}

function target(
  name: string,
  detectors: readonly DataMapDetector[],
): { readonly name: string; readonly dataMap: DataMap } {
  const dataMap: DataMap = {
    columns: [],
    patientKeys: [],
    unmappedRelations: 'pass',
    masks: {},
    customClasses: [],
    detectors,
  };
  return { name, dataMap };
}
