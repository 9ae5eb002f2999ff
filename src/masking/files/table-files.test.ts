import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileDetectors } from '../detectors/detectors.ts';
import { createMaskKeys } from '../masks/pseudonym-keys.ts';
import { openTextMasks } from '../open-text-masks.ts';
import { openFileMasking } from './file-masking.ts';

const CONTEXT = { keys: createMaskKeys(Buffer.alloc(32, 7), 1), thisYear: 2026 };
const TEXTS = {
  glob: '/texts/**',
  format: 'text',
  fields: [],
  delimiter: ',',
  hasHeader: true,
} as const;
const MASKING = openFileMasking({
  dataMap: {
    ...{ files: [TEXTS], unmappedFiles: 'inspect', output: 'inspect' },
    ...{ masks: {}, customClasses: [], detectors: [] },
  },
  textMasks: openTextMasks(compileDetectors(), () => CONTEXT),
  context: () => CONTEXT,
});

/** A file as it is shown to somebody who may see nothing. */
function mask(path: string, text: string): string {
  const plan = MASKING.plan(path, new Map());
  assert(plan.kind === 'masked' || plan.kind === 'inspected');
  const output: Buffer[] = [];
  const masker = plan.openMasker((bytes) => void output.push(bytes));
  masker.push(Buffer.from(text));
  masker.end();
  return Buffer.concat(output).toString();
}

describe('a file that no entry speaks of, or one that says no more than that it is text', () => {
  for (const path of ['/a.csv', '/a.CSV', '/a.tsv', '/a.csv.bak', '/texts/a.csv']) {
    it(`is masked by its headings if it is called like a table: ${path}`, () => {
      assert.equal(mask(path, 'mrn\n12\n'), 'mrn\n[mrn]\n');
    });
  }

  it('is masked as text under another name', () => {
    assert.equal(mask('/texts/a', 'mrn\n12\n'), 'mrn\n12\n');
    assert.equal(mask('/a', 'bed,mrn\n1,12\n'), 'bed,mrn\n1,[mrn]\n');
  });
});
