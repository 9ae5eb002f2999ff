import { z } from 'zod';

import { DATA_CLASS_NAMES, GIVEN_CLASS_NAMES } from './data-class-names.ts';
import {
  type DataMapDetector,
  type DetectorSetting,
  detectorSettings,
  readDetectors,
} from './data-map-detectors.ts';
import { entityName, line, section } from './fields.ts';
import { type MaskSetting, maskSetting } from './mask-setting.ts';

/** A data class of the target's own. */
export interface CustomClass {
  readonly name: string;
  readonly title: string;
  readonly mask: MaskSetting;
}

/** Of what class something is, and how it is masked: the class's own mask if absent. */
export interface ClassSetting {
  readonly class: string;
  readonly mask?: MaskSetting;
}

/** Takes down a problem of a data map. */
export type Report = (path: readonly (string | number)[], message: string) => void;

/** The class of what was looked at, and nothing there is to be masked. */
export const NO_CLASS = 'none';

/** One step of a path: a key, plain or quoted, or any key; then what is taken of a list. */
const STEP = String.raw`(?:[^.[\]"*\s]+|\*|"(?:[^"]|"")+")(?:\[(?:\*|\d{1,9})\])*`;
const JSON_PATH = new RegExp(`^${STEP}(?:\\.${STEP})*$`);

/** A class alone, or a section that says more. */
export function expandClass(value: unknown): unknown {
  return typeof value === 'string' ? { class: value } : value;
}

/** The schema of a class with nothing beside its mask. */
export function classSetting(): z.ZodType<ClassSetting> {
  return z.preprocess(
    expandClass,
    section({ class: z.string(), mask: maskSetting().exactOptional() }),
  );
}

/** What the data map of every target says of classes, whatever holds them. */
export interface DataMapClasses {
  /** Masks that take the place of the classes' own, by class. */
  readonly masks: Readonly<Record<string, MaskSetting>>;
  readonly customClasses: readonly CustomClass[];
  /** Beside those of the product, for text and JSON of this target. */
  readonly detectors: readonly DataMapDetector[];
}

/** The same as it is written. */
export interface ClassSections {
  readonly masks: Readonly<Record<string, MaskSetting>>;
  readonly customClasses: Readonly<Record<string, Omit<CustomClass, 'name'>>>;
  readonly detectors: readonly DetectorSetting[];
}

/** The schemas of those sections. */
export function classSections(): {
  readonly [Key in keyof ClassSections]: z.ZodType<ClassSections[Key]>;
} {
  const customClass = section({
    title: line(100),
    mask: maskSetting().default({ kind: 'redact' }),
  });
  return {
    masks: z.record(z.string(), maskSetting()).default({}),
    customClasses: z.record(z.string(), customClass).default({}),
    detectors: detectorSettings().default([]),
  };
}

/** Reads those sections, and says which classes there are. What is wrong is told to `report`. */
export function readClasses(
  { masks, customClasses, detectors }: ClassSections,
  report: Report,
): { readonly names: ReadonlySet<string>; readonly classes: DataMapClasses } {
  const names = checkCustomClasses(Object.keys(customClasses), report);
  for (const name of Object.keys(masks)) checkClass(name, names, ['masks', name], report);
  const classes = {
    masks,
    customClasses: Object.entries(customClasses).map(([name, own]) => ({ name, ...own })),
    detectors: readDetectors(detectors, names, report),
  };
  return { names, classes };
}

/** Takes down problems where zod finds them. */
export function reportTo(context: z.core.$RefinementCtx): Report {
  return (path, message) => {
    context.issues.push({ code: 'custom', path: [...path], message, input: undefined });
  };
}

/** The names that a class of this data map may have. */
function checkCustomClasses(custom: readonly string[], report: Report): ReadonlySet<string> {
  const taken = new Set<string>([...DATA_CLASS_NAMES, ...GIVEN_CLASS_NAMES, NO_CLASS]);
  for (const name of custom) {
    const path = ['customClasses', name];
    if (taken.has(name)) report(path, 'is the name of a built-in class');
    else if (!entityName().safeParse(name).success) {
      report(path, 'must be named with 1 to 63 lower-case letters, digits and dashes');
    }
  }
  return new Set<string>([...DATA_CLASS_NAMES, ...custom]);
}

/** Reports a class that is none of `names`. */
export function checkClass(
  name: string,
  names: ReadonlySet<string>,
  path: readonly string[],
  report: Report,
): void {
  if (!names.has(name)) report(path, `must be one of ${[...names].join(', ')}`);
}

/** Reports what is not a path into a JSON document. */
export function checkJsonPath(path: string, place: readonly string[], report: Report): void {
  if (JSON_PATH.test(path)) return;
  report(place, 'must be keys with dots between them, such as name[*].family or "odd key".value');
}
