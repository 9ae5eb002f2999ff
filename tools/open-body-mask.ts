import { type BodyMasking, openBodyMasking } from '../src/masking/bodies/body-masking.ts';
import { compileDetectors } from '../src/masking/detectors/detectors.ts';
import { createMaskKeys } from '../src/masking/masks/pseudonym-keys.ts';
import { openTextMasks } from '../src/masking/open-text-masks.ts';

/** Masks a whole body of a media type for somebody who is shown nothing. */
export type MaskBody = (mediaType: string, text: string) => string;

/** Opens the masking of a target whose data map says nothing. @param fhirPath Where it speaks FHIR. */
export function openBodyMask(fhirPath?: string): MaskBody {
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
  return (mediaType, text) => mask(masking, mediaType, text);
}

function mask(masking: BodyMasking, essence: string, text: string): string {
  const subject = { method: 'GET', path: '/', mediaType: { essence, parameters: new Map() } };
  const plan = masking.planResponse(subject, new Map());
  if (plan.kind !== 'masked') throw new Error(`Cannot score ${essence}: it would be ${plan.kind}`);
  const output: Buffer[] = [];
  const masker = plan.openMasker((bytes) => void output.push(bytes));
  masker.push(Buffer.from(text));
  masker.end();
  return Buffer.concat(output).toString('utf8');
}
