import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Fhir } from 'fhir/fhir.js';
import { openBodyMasking } from '../src/masking/bodies/body-masking.ts';
import { compileDetectors } from '../src/masking/detectors/detectors.ts';
import { createMaskKeys } from '../src/masking/masks/pseudonym-keys.ts';
import { openTextMasks } from '../src/masking/open-text-masks.ts';

/** One labelled value of a resource. */
interface Label {
  readonly ptr: string;
  readonly label: string;
  readonly level: 'must' | 'soft' | 'check';
  readonly value: string;
  readonly mustNotContain?: readonly string[];
}

/** How one set of labelled resources came out. */
export interface FhirScore {
  readonly resourceCount: number;
  readonly mustCount: number;
  readonly mustMasked: number;
  readonly checkCount: number;
  readonly checkHeld: number;
  readonly otherCount: number;
  readonly otherUntouched: number;
  /** Resources with validation errors that they did not have. */
  readonly invalidCount: number;
  /** Places of what is wrong, for people: never values. */
  readonly complaints: readonly string[];
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Masks each resource for somebody who is shown nothing, and compares with its labels. */
export function scoreFhir(folder: string): FhirScore {
  const resources = readLines(path.join(folder, 'resources.ndjson'));
  const labels = readLines(path.join(folder, 'truth.ndjson')).map(
    (line) => (JSON.parse(line) as { truth: readonly Label[] }).truth,
  );
  const mask = openMask();
  const score = {
    ...{
      resourceCount: resources.length,
      mustCount: 0,
      mustMasked: 0,
      checkCount: 0,
      checkHeld: 0,
    },
    ...{ otherCount: 0, otherUntouched: 0, invalidCount: 0, complaints: [] as string[] },
  };
  const validator = new Fhir();
  for (const [index, line] of resources.entries()) {
    const masked = mask(line);
    const before = flatten(JSON.parse(line) as Json);
    const after = flatten(JSON.parse(masked) as Json);
    const labelled = new Set((labels[index] ?? []).map(({ ptr }) => ptr));
    for (const { ptr, level, mustNotContain = [], label } of labels[index] ?? []) {
      const now = JSON.stringify(after.get(ptr) ?? '');
      if (level === 'must') {
        score.mustCount += 1;
        if (now !== JSON.stringify(before.get(ptr))) score.mustMasked += 1;
        else score.complaints.push(`line ${index + 1} ${ptr} ${label}: shown`);
      } else if (level === 'check') {
        score.checkCount += 1;
        const holds = mustNotContain.every(
          (word) => !now.includes(JSON.stringify(word.trim()).slice(1, -1)),
        );
        if (holds) score.checkHeld += 1;
        else score.complaints.push(`line ${index + 1} ${ptr} ${label}: contains a value`);
      }
    }
    for (const [pointer, value] of before) {
      if (labelled.has(pointer)) continue;
      score.otherCount += 1;
      if (after.get(pointer) === value) score.otherUntouched += 1;
      else score.complaints.push(`line ${index + 1} ${pointer}: over-masked`);
    }
    const errorsBefore = countErrors(validator, line);
    if (countErrors(validator, masked) > errorsBefore) {
      score.invalidCount += 1;
      score.complaints.push(`line ${index + 1}: not valid any more`);
    }
  }
  return score;
}

function openMask(): (text: string) => string {
  const context = { keys: createMaskKeys(Buffer.alloc(32, 1), 1), thisYear: 2026 };
  const masking = openBodyMasking({
    dataMap: {
      ...{ bodies: [], messages: [], parameters: [], unmappedBodies: 'inspect' },
      ...{ masks: {}, customClasses: [], detectors: [] },
    },
    fhirPath: '/',
    textMasks: openTextMasks(compileDetectors(), () => context),
    context: () => context,
  });
  const mediaType = { essence: 'application/fhir+json', parameters: new Map<string, string>() };
  const plan = masking.planResponse({ method: 'GET', path: '/Patient', mediaType }, new Map());
  if (plan.kind !== 'masked') throw new Error('Cannot score FHIR: it would not be masked');
  return (text) => {
    const output: Buffer[] = [];
    const masker = plan.openMasker((bytes) => void output.push(bytes));
    masker.push(Buffer.from(text));
    masker.end();
    return Buffer.concat(output).toString('utf8');
  };
}

function readLines(file: string): readonly string[] {
  return readFileSync(file, 'utf8').split('\n').filter(Boolean);
}

/** Every primitive by its JSON pointer. */
function flatten(value: Json, pointer = '', into = new Map<string, Json>()): Map<string, Json> {
  if (value === null || typeof value !== 'object') return into.set(pointer, value);
  for (const [key, inner] of Object.entries(value)) {
    flatten(inner, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, into);
  }
  return into;
}

function countErrors(validator: Fhir, text: string): number {
  const { messages } = validator.validate(text);
  return messages.filter(({ severity }) => severity === 'error' || severity === 'fatal').length;
}
