import type { DataMapPath } from '../../configuration/data-map.ts';
import type { MaskSetting } from '../../configuration/mask-setting.ts';
import { ContentMasks } from '../content/content-masks.ts';
import type { OpenContentMasker } from '../content-masker.ts';
import { createMaskKeys, type MaskKeys } from '../masks/pseudonym-keys.ts';
import { PatientHasher } from '../rows/patient-hasher.ts';
import type { EvidenceFields } from '../rows/result-evidence.ts';
import { fakeMasks } from '../rows/text-masks.fixture.ts';
import { fhirFormat } from './fhir-format.ts';

/** Of all that is masked here. */
export const KEYS: MaskKeys = createMaskKeys(Buffer.alloc(32, 7), 1);
const CONTEXT = { keys: KEYS, thisYear: 2026 };

export interface FhirSetting {
  readonly shown?: readonly string[];
  readonly fields?: readonly DataMapPath[];
  readonly masks?: Readonly<Record<string, MaskSetting>>;
  /** Whether there is a resource in each line. */
  readonly hasLines?: boolean;
}

export interface MaskedFhir {
  readonly text: string;
  readonly evidence: EvidenceFields;
}

/** Opened once for each setting. */
const opened = new Map<string, OpenContentMasker>();

function open(setting: FhirSetting): OpenContentMasker {
  const key = JSON.stringify(setting);
  const known = opened.get(key);
  if (known !== undefined) return known;
  const { shown = [], fields = [], masks = {}, hasLines = false } = setting;
  const content = { glob: '/**', format: 'fhir', fields, delimiter: ',', hasHeader: true } as const;
  const contentMasks = new ContentMasks({
    dataMap: { masks, customClasses: [], detectors: [] },
    textMasks: fakeMasks(),
    patientHasher: new PatientHasher(Buffer.alloc(32, 3)),
    context: () => CONTEXT,
  });
  const format = fhirFormat((url) => url.replace(/name=[^&]*/u, 'name=MASKED'));
  const classes = new Map(shown.map((name) => [name, ['policy']]));
  const openMasker = format.open({ content, classNames: [], hasLines }, classes, contentMasks);
  opened.set(key, openMasker);
  return openMasker;
}

/** Masks what comes in pieces, whose bytes are the caller's again behind each. Detectors find `SECRET`. */
export function maskFhirPieces(pieces: readonly Buffer[], setting: FhirSetting = {}): MaskedFhir {
  const output: Buffer[] = [];
  const masker = open(setting)((bytes) => void output.push(bytes));
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    masker.push(bytes);
    bytes.fill(0x58);
  }
  masker.end();
  return { text: Buffer.concat(output).toString('utf8'), evidence: masker.describe() };
}

/** Masks one text. */
export function maskFhir(text: string, setting?: FhirSetting): string {
  return maskFhirPieces([Buffer.from(text)], setting).text;
}

/** Masks a resource, and reads what comes out, without what `meta.security` says of it. */
export function maskResource(
  resource: object,
  setting?: FhirSetting,
): Readonly<Record<string, unknown>> {
  const { meta: _, ...masked } = JSON.parse(maskFhir(JSON.stringify(resource), setting)) as Record<
    string,
    unknown
  >;
  return masked;
}
