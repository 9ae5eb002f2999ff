import { z } from 'zod';

import {
  type ClassSetting,
  checkClass,
  checkJsonPath,
  classSections,
  classSetting,
  type DataMapClasses,
  expandClass,
  NO_CLASS,
  type Report,
  readClasses,
  reportTo,
} from './data-map-classes.ts';
import { section } from './fields.ts';
import { type MaskSetting, maskSetting } from './mask-setting.ts';
import { type NamePattern, parseNamePatterns } from './name-pattern.ts';

/** Which columns of a target hold which data class: the section `dataMap` of `targets/<name>.yaml`, as read. */
export interface DataMap extends DataMapClasses {
  /** In the order of the file. */
  readonly columns: readonly DataMapColumn[];
  readonly patientKeys: readonly DataMapPatientKey[];
  /** What becomes of relations of which no column is mapped. */
  readonly unmappedRelations: 'pass' | 'inspect' | 'mask';
}

/** Says what the columns hold that match the three patterns. */
export interface DataMapColumn {
  /** As written. */
  readonly key: string;
  readonly schema: NamePattern;
  readonly relation: NamePattern;
  readonly column: NamePattern;
  /** `none`: looked at, and nothing there to mask. */
  readonly dataClass: string;
  /** The class's own mask if absent. */
  readonly mask?: MaskSetting;
  /** Of a JSON column. */
  readonly paths: readonly DataMapPath[];
}

/** Says what a path of a JSON column leads to. */
export interface DataMapPath {
  /** Keys with dots between them, `[*]` or `[0]` behind a list, `*` for any key: `name[*].family`. */
  readonly path: string;
  readonly dataClass: string;
  readonly mask?: MaskSetting;
}

/** Says which column of the relations that match tells whose row it is. */
export interface DataMapPatientKey {
  /** As written. */
  readonly key: string;
  readonly schema: NamePattern;
  readonly relation: NamePattern;
  readonly column: string;
}

/** The schema of the section `dataMap`. */
export function dataMapSchema(): z.ZodType<DataMap> {
  const column = z.preprocess(
    expandClass,
    section({
      class: z.string(),
      mask: maskSetting().exactOptional(),
      paths: z.record(z.string(), classSetting()).default({}),
    }),
  );
  return section({
    columns: z.record(z.string(), column).default({}),
    patientKeys: z.record(z.string(), z.string()).default({}),
    unmappedRelations: z.enum(['pass', 'inspect', 'mask']).default('pass'),
    ...classSections(),
  }).transform(({ columns, patientKeys, unmappedRelations, ...sections }, context) => {
    const report = reportTo(context);
    const { names, classes } = readClasses(sections, report);
    return {
      ...classes,
      unmappedRelations,
      columns: readColumns(columns, names, report),
      patientKeys: readPatientKeys(patientKeys, report),
    };
  });
}

function readColumns(
  columns: Readonly<
    Record<string, ClassSetting & { readonly paths: Readonly<Record<string, ClassSetting>> }>
  >,
  names: ReadonlySet<string>,
  report: Report,
): readonly DataMapColumn[] {
  const keys = new Set<string>();
  return Object.entries(columns).flatMap(([key, setting]) => {
    const path = ['columns', key];
    const parts = readKey(key, 3, path, report);
    if (parts === undefined) return [];
    const [schema = [], relation = [], column = []] = parts;
    const meaning = JSON.stringify(parts);
    if (keys.has(meaning)) report(path, 'names the same columns as an entry before it');
    keys.add(meaning);
    if (setting.class !== NO_CLASS) checkClass(setting.class, names, path, report);
    else if (setting.mask !== undefined) report([...path, 'mask'], 'must not be given with none');
    return [
      {
        key,
        schema,
        relation,
        column,
        dataClass: setting.class,
        ...(setting.mask !== undefined && { mask: setting.mask }),
        paths: readPaths(setting, names, path, report),
      },
    ];
  });
}

function readPaths(
  setting: ClassSetting & { readonly paths: Readonly<Record<string, ClassSetting>> },
  names: ReadonlySet<string>,
  path: readonly string[],
  report: Report,
): readonly DataMapPath[] {
  const paths = Object.entries(setting.paths);
  if (paths.length > 0 && setting.class !== 'json') {
    report([...path, 'paths'], 'must only be given with the class json');
  }
  if (paths.length > 0 && setting.mask !== undefined) {
    report([...path, 'mask'], 'must not be given with paths: it would mask the whole document');
  }
  return paths.map(([jsonPath, { class: className, mask }]) => {
    const place = [...path, 'paths', jsonPath];
    checkJsonPath(jsonPath, place, report);
    checkClass(className, names, place, report);
    return { path: jsonPath, dataClass: className, ...(mask !== undefined && { mask }) };
  });
}

function readPatientKeys(
  patientKeys: Readonly<Record<string, string>>,
  report: Report,
): readonly DataMapPatientKey[] {
  return Object.entries(patientKeys).flatMap(([key, text]) => {
    const path = ['patientKeys', key];
    const parts = readKey(key, 2, path, report);
    const column = parseNamePatterns(text);
    const [name = []] = column.kind === 'read' ? column.parts : [];
    if (column.kind === 'invalid' || column.parts.length !== 1 || name.length !== 1) {
      report(path, 'must be the name of one column');
      return [];
    }
    const [schema = [], relation = []] = parts ?? [];
    return [{ key, schema, relation, column: name[0] ?? '' }];
  });
}

function readKey(
  key: string,
  count: 2 | 3,
  path: readonly string[],
  report: Report,
): readonly NamePattern[] | undefined {
  const reading = parseNamePatterns(key);
  if (reading.kind === 'read' && reading.parts.length === count) return reading.parts;
  const form = count === 3 ? 'schema.relation.column' : 'schema.relation';
  report(path, reading.kind === 'invalid' ? reading.reason : `must be ${form}`);
  return undefined;
}
