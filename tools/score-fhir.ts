import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Fhir } from 'fhir/fhir.js';
import { openBodyMask } from './open-body-mask.ts';

/** One labelled value of a resource. */
export interface Label {
  readonly ptr: string;
  readonly level: 'must' | 'soft' | 'check';
  readonly mustNotContain?: readonly string[];
}

/** A resource, and which of its values must not be shown. */
export interface LabelledResource {
  /** JSON. */
  readonly text: string;
  readonly labels: readonly Label[];
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
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Every primitive of a document as text, by its JSON pointer. */
type Values = ReadonlyMap<string, string>;

/** Masks each resource for somebody who is shown nothing, and compares with its labels. */
export function scoreFhir(folder: string): FhirScore {
  const resources = readLabelledResources(folder);
  const mask = openBodyMask('/');
  return scoreResources(
    resources,
    resources.map(({ text }) => mask('application/fhir+json', text)),
  );
}

/** @param folder Has `resources.ndjson` and, line by line, their labels in `truth.ndjson`. */
export function readLabelledResources(folder: string): readonly LabelledResource[] {
  const truth = readLines(path.join(folder, 'truth.ndjson'));
  return readLines(path.join(folder, 'resources.ndjson')).map((text, index) => ({
    text,
    labels: (JSON.parse(truth[index] ?? '') as { readonly truth: readonly Label[] }).truth,
  }));
}

/** Compares resources with what somebody is shown of them, who may see no class. @param shown JSON, in the same order. */
export function scoreResources(
  resources: readonly LabelledResource[],
  shown: readonly string[],
): FhirScore {
  const validator = new Fhir();
  const score = new Tally();
  for (const [index, { text, labels }] of resources.entries()) {
    const masked = shown[index] ?? '';
    score.add(labels, flatten(parse(text)), flatten(parse(masked)));
    if (countErrors(validator, masked) > countErrors(validator, text)) score.invalidCount += 1;
  }
  return score;
}

/** The section of the report. */
export function formatFhirScore(score: FhirScore): string {
  const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(2)} %`;
  return [
    '## FHIR: resources masked by the types of their elements',
    '',
    `${score.resourceCount} resources, for somebody who is shown no class: ${score.mustMasked} of ${score.mustCount} values that must be masked are ` +
      `(${percent(score.mustMasked, score.mustCount)}); ${score.checkHeld} of ${score.checkCount} texts hold none of their patient's words (${percent(score.checkHeld, score.checkCount)}).`,
    `Of ${score.otherCount} other values ${percent(score.otherUntouched, score.otherCount)} are untouched. ${score.invalidCount} resources have validation errors that they did not have.`,
    '',
  ].join('\n');
}

/** Counts how values came out. */
class Tally implements FhirScore {
  resourceCount = 0;
  mustCount = 0;
  mustMasked = 0;
  checkCount = 0;
  checkHeld = 0;
  otherCount = 0;
  otherUntouched = 0;
  invalidCount = 0;

  add(labels: readonly Label[], before: Values, after: Values): void {
    this.resourceCount += 1;
    for (const { ptr, level, mustNotContain = [] } of labels) {
      const now = after.get(ptr) ?? '';
      if (level === 'must') {
        this.mustCount += 1;
        if (now !== before.get(ptr)) this.mustMasked += 1;
      } else if (level === 'check') {
        this.checkCount += 1;
        if (mustNotContain.every((word) => !now.includes(word.trim()))) this.checkHeld += 1;
      }
    }
    const labelled = new Set(labels.map(({ ptr }) => ptr));
    for (const [pointer, value] of before) {
      if (labelled.has(pointer)) continue;
      this.otherCount += 1;
      if (after.get(pointer) === value) this.otherUntouched += 1;
    }
  }
}

function readLines(file: string): readonly string[] {
  return readFileSync(file, 'utf8').split('\n').filter(Boolean);
}

function parse(text: string): Json {
  return JSON.parse(text) as Json;
}

function flatten(value: Json, pointer = '', into = new Map<string, string>()): Values {
  if (value === null || typeof value !== 'object') return into.set(pointer, String(value));
  for (const [key, inner] of Object.entries(value)) {
    flatten(inner, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, into);
  }
  return into;
}

function countErrors(validator: Fhir, text: string): number {
  const { messages } = validator.validate(text);
  return messages.filter(({ severity }) => severity === 'error' || severity === 'fatal').length;
}
