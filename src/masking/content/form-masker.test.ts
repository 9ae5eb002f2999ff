import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMaskKeys } from '../masks/pseudonym-keys.ts';
import { PatientHasher } from '../rows/patient-hasher.ts';
import type { EvidenceFields } from '../rows/result-evidence.ts';
import { fakeMasks } from '../rows/text-masks.fixture.ts';
import { ContentMasks } from './content-masks.ts';
import { FormMasker } from './form-masker.ts';

const MASKS = new ContentMasks({
  dataMap: { masks: {}, customClasses: [], detectors: [] },
  textMasks: fakeMasks(),
  patientHasher: new PatientHasher(Buffer.alloc(32, 3)),
  context: () => ({ keys: createMaskKeys(Buffer.alloc(32, 7), 1), thisYear: 2026 }),
});

/** Masks a form that comes in pieces, of which only `state` is shown. */
function mask(pieces: readonly string[]): {
  readonly text: string;
  readonly evidence: EvidenceFields;
} {
  const output: Buffer[] = [];
  const form = {
    maskName: (name: string) => (name === 'state' ? undefined : () => Buffer.from('***')),
    patientKey: 'mrn',
  };
  const masker = new FormMasker(
    form,
    MASKS.begin([], new Map(), true),
    (bytes) => void output.push(bytes),
  );
  for (const piece of pieces) masker.push(Buffer.from(piece));
  masker.end();
  return { text: Buffer.concat(output).toString(), evidence: masker.describe() };
}

describe('FormMasker', () => {
  it('masks values wherever the form is cut, and writes nothing anew that stays', () => {
    const form = 'mrn=47%2B11&state=M+A%20&&x=%C3%A9&SECRET=1&flag&st%61te=';
    const whole = mask([form]);
    assert.equal(whole.text, 'mrn=***&state=M+A%20&&x=***&MASKED=***&flag&st%61te=');
    assert(whole.evidence.patients?.form === 'exact');
    assert.equal(whole.evidence.rows, 1);
    for (let at = 0; at <= form.length; at += 1) {
      assert.deepEqual(mask([form.slice(0, at), form.slice(at)]), whole, `cut at ${at}`);
    }
  });

  it('refuses what is no form, and fields without end', () => {
    assert.throws(() => mask(['a=%zz']), { code: 'ERR_CONTENT_FORMAT' });
    assert.throws(
      () => mask(Array.from({ length: 20 }, () => 'a'.repeat(64 * 1024))),
      /field of more/,
    );
  });
});
