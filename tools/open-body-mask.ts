import { openBodyMasking } from '../src/masking/bodies/body-masking.ts';
import type { ContentMasker } from '../src/masking/content-masker.ts';
import { compileDetectors } from '../src/masking/detectors/detectors.ts';
import { createMaskKeys } from '../src/masking/masks/pseudonym-keys.ts';
import { openTextMasks } from '../src/masking/open-text-masks.ts';

/** Begins to mask a body of a media type for somebody who is shown nothing. */
export type OpenBodyMasker = (mediaType: string, write: (bytes: Buffer) => void) => ContentMasker;

/** Masks a whole body of a media type for somebody who is shown nothing. */
export type MaskBody = (mediaType: string, text: string) => string;

/** Opens the masking of a target whose data map says nothing. @param fhirPath Where it speaks FHIR. */
export function openBodyMasker(fhirPath?: string): OpenBodyMasker {
  const context = { keys: createMaskKeys(Buffer.alloc(32, 1), 1), thisYear: 2026 };
  const masking = openBodyMasking({
    dataMap: {
      ...{ bodies: [], messages: [], parameters: [], unmappedBodies: 'inspect' },
      ...{ masks: {}, customClasses: [], detectors: [] },
    },
    fhirPath,
    textMasks: openTextMasks(compileDetectors(), () => context),
    context: () => context,
  });
  return (essence, write) => {
    const subject = { method: 'GET', path: '/', mediaType: { essence, parameters: new Map() } };
    const plan = masking.planResponse(subject, new Map());
    if (plan.kind !== 'masked') throw new Error(`Cannot mask ${essence}: it would be ${plan.kind}`);
    return plan.openMasker(write);
  };
}

/** The same for whole bodies. */
export function openBodyMask(fhirPath?: string): MaskBody {
  const open = openBodyMasker(fhirPath);
  return (mediaType, text) => {
    const output: Buffer[] = [];
    const masker = open(mediaType, (bytes) => void output.push(bytes));
    masker.push(Buffer.from(text));
    masker.end();
    return Buffer.concat(output).toString('utf8');
  };
}
