import { z } from 'zod';
import type { DataMapPath } from './data-map.ts';
import {
  type ClassSetting,
  checkClass,
  checkJsonPath,
  classSetting,
  NO_CLASS,
  type Report,
} from './data-map-classes.ts';
import { section } from './fields.ts';

/** Says what contents hold whose path matches: files of a host, bodies of an HTTP service. */
export interface MappedContent<Format extends ContentFormat> {
  /** As written: `*` stands for any characters but slashes, `**` for any, `?` for one but a slash. */
  readonly glob: string;
  readonly format: Format;
  /**
   * Paths of the document, in the words of its format: {@link FIELD_PATHS}. For CSV and TSV, `path` is the name of a
   * column in the first line, its number from 1 where that holds no names, or `*` for all that are not named.
   */
  readonly fields: readonly DataMapPath[];
  /** For CSV; one character. */
  readonly delimiter: string;
  /** Whether the first line of CSV and TSV names the columns. */
  readonly hasHeader: boolean;
  /** The field that says whose record it is. */
  readonly patientKey?: string;
  /** For `opaque`: of what class the whole is. */
  readonly dataClass?: string;
}

/**
 * How a content is laid out. In `text` what the detectors find is hidden. `opaque` cannot be masked: it is shown whole,
 * or not at all.
 */
export type ContentFormat =
  | 'csv'
  | 'tsv'
  | 'json'
  | 'ndjson'
  | 'xml'
  | 'form'
  | 'fhir'
  | 'hl7v2'
  | 'x12'
  | 'ccda'
  | 'text'
  | 'opaque';

/** What the path of a field looks like, where that can be told; `json` is for keys of documents. */
const FIELD_PATHS: Readonly<Record<ContentFormat, FieldPath | 'json' | 'name' | 'none'>> = {
  csv: 'name',
  tsv: 'name',
  form: 'name',
  json: 'json',
  ndjson: 'json',
  fhir: 'json',
  xml: {
    pattern: /^(?:\/?[\w.*:-]+)(?:\/[\w.*:-]+)*(?:\/@[\w.*:-]+)?$/,
    expected: 'must be elements with slashes between them, such as patient/name/@use',
  },
  ccda: {
    pattern: /^(?:\/?[\w.*:-]+)(?:\/[\w.*:-]+)*(?:\/@[\w.*:-]+)?$/,
    expected: 'must be elements with slashes between them, such as patientRole/id/@extension',
  },
  hl7v2: {
    pattern: /^[A-Z][A-Z0-9]{2}-\d{1,3}(?:\.\d{1,2}){0,2}$/,
    expected: 'must be a field of a segment, such as PID-5 or PID-5.1',
  },
  x12: {
    pattern: /^[A-Z][A-Z0-9]{1,2}(?:\[[A-Z0-9]{1,3}\])?-?\d{2}(?:-\d{1,2})?$/,
    expected: 'must be an element of a segment, such as NM1-03 or NM1[IL]-03',
  },
  text: 'none',
  opaque: 'none',
};

interface FieldPath {
  readonly pattern: RegExp;
  readonly expected: string;
}

const GLOB_LENGTH_MAX = 1_000;

/** One byte in UTF-8, and nothing that means something else in CSV. */
const DELIMITER = /^[\t -!#-~]$/;

/** One entry as it is written. */
export interface ContentSetting<Format extends ContentFormat> {
  readonly format: Format;
  readonly fields: Readonly<Record<string, ClassSetting>>;
  readonly delimiter: string;
  readonly header: boolean;
  readonly patientKey?: string;
  readonly class?: string;
}

/** The schema of entries by glob, for some of the formats. */
export function contentSettings<Format extends ContentFormat>(
  formats: readonly [Format, ...Format[]],
): z.ZodType<Readonly<Record<string, ContentSetting<Format>>>> {
  const setting: z.ZodType<ContentSetting<Format>> = section({
    format: z.literal(formats),
    fields: z.record(z.string().min(1), classSetting()).default({}),
    delimiter: z.string().regex(DELIMITER, 'must be one ASCII character but a quote').default(','),
    header: z.boolean().default(true),
    patientKey: z.string().min(1).exactOptional(),
    class: z.string().exactOptional(),
  });
  return z.record(z.string(), setting);
}

/** Reads the entries of one section. What is wrong is told to `report`. */
export function readContents<Format extends ContentFormat>(
  section: string,
  byGlob: Readonly<Record<string, ContentSetting<Format>>>,
  names: ReadonlySet<string>,
  report: Report,
): readonly MappedContent<Format>[] {
  return Object.entries(byGlob).map(([glob, setting]) => {
    const place = [section, glob];
    checkGlob(glob, place, report);
    checkForm(setting, names, place, report);
    const { format, delimiter, header: hasHeader, patientKey, class: dataClass } = setting;
    const fields = readFields(setting, names, place, report);
    return {
      ...{ glob, format, fields, delimiter, hasHeader },
      ...(patientKey !== undefined && { patientKey }),
      ...(dataClass !== undefined && { dataClass }),
    };
  });
}

function checkGlob(glob: string, place: readonly string[], report: Report): void {
  // Paths are compared in canonical form: a relative one would match nothing.
  const isAbsolute = glob.startsWith('/') && !/\/\.{0,2}(?:\/|$)/.test(glob);
  if (isAbsolute && glob.length <= GLOB_LENGTH_MAX && !glob.includes('\0')) return;
  report(place, 'must be an absolute path without // or .., such as /srv/exports/**/*.csv');
}

/** What of an entry only makes sense with its format. */
function checkForm(
  { format, fields, patientKey, class: dataClass }: ContentSetting<ContentFormat>,
  names: ReadonlySet<string>,
  place: readonly string[],
  report: Report,
): void {
  const hasFields = FIELD_PATHS[format] !== 'none';
  if (!hasFields && Object.keys(fields).length > 0) {
    report([...place, 'fields'], `must not be given with format: ${format}, which has none`);
  }
  if (!hasFields && patientKey !== undefined) {
    report(
      [...place, 'patientKey'],
      `must not be given with format: ${format}, which has no fields`,
    );
  }
  if ((format === 'opaque') !== (dataClass !== undefined)) {
    report([...place, 'class'], 'must be given with format: opaque, and only then');
  }
  if (dataClass !== undefined) checkClass(dataClass, names, [...place, 'class'], report);
}

function readFields(
  { format, fields }: ContentSetting<ContentFormat>,
  names: ReadonlySet<string>,
  place: readonly string[],
  report: Report,
): readonly DataMapPath[] {
  return Object.entries(fields).map(([path, { class: className, mask }]) => {
    const at = [...place, 'fields', path];
    checkFieldPath(format, path, at, report);
    if (className !== NO_CLASS) checkClass(className, names, at, report);
    return { path, dataClass: className, ...(mask !== undefined && { mask }) };
  });
}

function checkFieldPath(
  format: ContentFormat,
  path: string,
  place: readonly string[],
  report: Report,
): void {
  const form = FIELD_PATHS[format];
  if (form === 'json') checkJsonPath(path, place, report);
  else if (typeof form === 'object' && !form.pattern.test(path)) report(place, form.expected);
}
