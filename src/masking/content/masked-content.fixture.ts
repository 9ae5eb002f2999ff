import type { ContentFormat, MappedContent } from '../../configuration/mapped-content.ts';
import { bodyFormats } from '../bodies/body-formats.ts';
import { compileDetectors } from '../detectors/detectors.ts';
import { createMaskKeys } from '../masks/pseudonym-keys.ts';
import { openTextMasks } from '../open-text-masks.ts';
import { PatientHasher } from '../rows/patient-hasher.ts';
import type { EvidenceFields } from '../rows/result-evidence.ts';
import { ContentMasks, type ShownClasses } from './content-masks.ts';
import { ContentPlans } from './content-plans.ts';

const context = { keys: createMaskKeys(Buffer.alloc(32, 1), 1), thisYear: 2026 };
/** Masks with keys and detectors of the tests. */
export const fixtureMasks: ContentMasks = new ContentMasks({
  dataMap: { masks: {}, customClasses: [], detectors: [] },
  textMasks: openTextMasks(compileDetectors(), () => context),
  patientHasher: new PatientHasher(Buffer.alloc(32, 2)),
  context: () => context,
});
const plans = new ContentPlans(
  fixtureMasks,
  bodyFormats((url) => url),
);

/** A content as it was shown, and what is told of it. */
export interface MaskedContent {
  readonly text: string;
  readonly evidence: EvidenceFields;
}

/** The pseudonym that SQL and every other protocol have for a value of the class. */
export function pseudonymOf(className: string, value: string): string {
  return fixtureMasks.maskValue(className, undefined)(value) ?? '';
}

/**
 * Masks a content.
 *
 * @param pieces In UTF-8, as they come; their bytes are used again.
 * @param hasLines Of a text: whether it is said to be a table.
 * @throws {ContentFormatError} If it is not of the format.
 */
export function maskContent(
  entry: { readonly format: ContentFormat } & Partial<MappedContent<ContentFormat>>,
  pieces: readonly (string | Uint8Array)[],
  shown: ShownClasses = new Map(),
  hasLines = false,
): MaskedContent {
  const content = { glob: '/**', fields: [], delimiter: ',', hasHeader: true, ...entry };
  const plan = plans.plan(plans.toEntry(content, hasLines), shown);
  if (plan.kind !== 'masked') throw new Error(`Cannot mask the content: it is ${plan.kind}`);
  const output: Buffer[] = [];
  const masker = plan.openMasker((bytes) => void output.push(Buffer.from(bytes)));
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    masker.push(bytes);
    bytes.fill(0x2a);
  }
  masker.end();
  return { text: Buffer.concat(output).toString('utf8'), evidence: masker.describe() };
}
