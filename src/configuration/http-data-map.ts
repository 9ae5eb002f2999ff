import { z } from 'zod';

import {
  type ClassSetting,
  checkClass,
  classSections,
  classSetting,
  type DataMapClasses,
  NO_CLASS,
  type Report,
  readClasses,
  reportTo,
} from './data-map-classes.ts';
import { section } from './fields.ts';
import {
  type ContentFormat,
  contentSettings,
  type MappedContent,
  readContents,
} from './mapped-content.ts';
import type { MaskSetting } from './mask-setting.ts';

/** What the bodies of an HTTP service hold: the section `dataMap` of its target's file, as read. */
export interface HttpDataMap extends DataMapClasses {
  /** In the order of the file; the last that matches a canonical path says what is read and written there. */
  readonly bodies: readonly MappedContent<ContentFormat>[];
  /** Fields of protobuf messages. */
  readonly messages: readonly MappedName[];
  /** Parameters of queries. */
  readonly parameters: readonly MappedName[];
  /** What becomes of bodies that no entry matches: `inspect` hides what the detectors find. */
  readonly unmappedBodies: 'pass' | 'inspect' | 'refuse';
}

/** Says what something holds that has a name of its own. */
export interface MappedName {
  /** A message's full name and its field's (`hospital.v1.Patient.ssn`), or the key of a parameter. */
  readonly name: string;
  /** `none`: looked at, and nothing there to mask. */
  readonly dataClass: string;
  readonly mask?: MaskSetting;
}

const MESSAGE_FIELD = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$/;

/** The schema of the section `dataMap` of an HTTP target. */
export function httpDataMapSchema(): z.ZodType<HttpDataMap> {
  return section({
    bodies: contentSettings<ContentFormat>([
      ...(['csv', 'tsv', 'json', 'ndjson', 'xml', 'form'] as const),
      ...(['fhir', 'hl7v2', 'x12', 'ccda', 'text', 'opaque'] as const),
    ]).default({}),
    messages: z.record(z.string(), classSetting()).default({}),
    parameters: z.record(z.string().min(1), classSetting()).default({}),
    unmappedBodies: z.enum(['pass', 'inspect', 'refuse']).default('inspect'),
    ...classSections(),
  }).transform(({ bodies, messages, parameters, unmappedBodies, ...sections }, context) => {
    const report = reportTo(context);
    const { names, classes } = readClasses(sections, report);
    for (const name of Object.keys(messages)) {
      if (MESSAGE_FIELD.test(name)) continue;
      report(['messages', name], 'must be the full name of a field, such as hospital.Patient.ssn');
    }
    return {
      ...{ ...classes, unmappedBodies },
      bodies: readContents('bodies', bodies, names, report),
      messages: readNames('messages', messages, names, report),
      parameters: readNames('parameters', parameters, names, report),
    };
  });
}

function readNames(
  section: string,
  byName: Readonly<Record<string, ClassSetting>>,
  names: ReadonlySet<string>,
  report: Report,
): readonly MappedName[] {
  return Object.entries(byName).map(([name, { class: dataClass, mask }]) => {
    if (dataClass !== NO_CLASS) checkClass(dataClass, names, [section, name], report);
    return { name, dataClass, ...(mask !== undefined && { mask }) };
  });
}
