import { z } from 'zod';

import type { DataMapPath } from './data-map.ts';
import {
  type ClassSetting,
  checkClass,
  checkJsonPath,
  classSections,
  classSetting,
  type DataMapClasses,
  NO_CLASS,
  type Report,
  readClasses,
  reportTo,
} from './data-map-classes.ts';
import { section } from './fields.ts';

/** What the files of a target hold: the section `dataMap` of the file of an SSH target, as read. */
export interface FileDataMap extends DataMapClasses {
  /** In the order of the file; the last that matches a path says what it holds. */
  readonly files: readonly MappedFiles[];
  /** What becomes of files that no entry matches: `inspect` hides what the detectors find. */
  readonly unmappedFiles: 'pass' | 'inspect' | 'refuse';
  /** Whether what commands and terminals show is looked through by the detectors. */
  readonly output: 'pass' | 'inspect';
}

/** Says what the files hold whose path on the target matches. */
export interface MappedFiles {
  /** As written: `*` stands for any characters but slashes, `**` for any, `?` for one but a slash. */
  readonly glob: string;
  readonly format: FileFormat;
  /**
   * Paths of the document; for CSV, `path` is the name of a column in the first line, its number from 1
   * where that holds no names, or `*` for all that are not named.
   */
  readonly fields: readonly DataMapPath[];
  /** For CSV; one character. */
  readonly delimiter: string;
  /** Whether the first line of CSV names the columns. */
  readonly hasHeader: boolean;
  /** The field that says whose record it is. */
  readonly patientKey?: string;
  /** For `opaque`: of what class the whole file is. */
  readonly dataClass?: string;
}

/**
 * `csv`, `json` and `ndjson` can be masked field by field. In `text` what the detectors find is hidden.
 * `opaque` cannot be masked: it is shown whole, or not at all.
 */
export type FileFormat = 'csv' | 'json' | 'ndjson' | 'text' | 'opaque';

const GLOB_LENGTH_MAX = 1_000;

/** One byte in UTF-8, and nothing that means something else in CSV. */
const DELIMITER = /^[\t -!#-~]$/;

/** The schema of the section `dataMap` of an SSH target. */
export function fileDataMapSchema(): z.ZodType<FileDataMap> {
  const files = section({
    format: z.enum(['csv', 'json', 'ndjson', 'text', 'opaque']),
    fields: z.record(z.string().min(1), classSetting()).default({}),
    delimiter: z.string().regex(DELIMITER, 'must be one ASCII character but a quote').default(','),
    header: z.boolean().default(true),
    patientKey: z.string().min(1).exactOptional(),
    class: z.string().exactOptional(),
  });
  return section({
    files: z.record(z.string(), files).default({}),
    unmappedFiles: z.enum(['pass', 'inspect', 'refuse']).default('inspect'),
    output: z.enum(['pass', 'inspect']).default('inspect'),
    ...classSections(),
  }).transform(({ files: byGlob, unmappedFiles, output, ...sections }, context) => {
    const report = reportTo(context);
    const { names, classes } = readClasses(sections, report);
    return {
      ...{ ...classes, unmappedFiles, output },
      files: Object.entries(byGlob).map(([glob, setting]) => {
        const place = ['files', glob];
        checkGlob(glob, place, report);
        checkForm(setting, names, place, report);
        const { format, delimiter, header: hasHeader, patientKey, class: dataClass } = setting;
        const fields = readFields(setting, names, place, report);
        return {
          ...{ glob, format, fields, delimiter, hasHeader },
          ...(patientKey !== undefined && { patientKey }),
          ...(dataClass !== undefined && { dataClass }),
        };
      }),
    };
  });
}

function checkGlob(glob: string, place: readonly string[], report: Report): void {
  // Paths are compared as the server resolves them: a relative one would match nothing.
  const isAbsolute = glob.startsWith('/') && !/\/\.{0,2}(?:\/|$)/.test(glob);
  if (isAbsolute && glob.length <= GLOB_LENGTH_MAX && !glob.includes('\0')) return;
  report(place, 'must be an absolute path without // or .., such as /srv/exports/**/*.csv');
}

interface FileSettings {
  readonly format: FileFormat;
  readonly patientKey?: string;
  readonly class?: string;
  readonly fields: Readonly<Record<string, ClassSetting>>;
}

/** What of an entry only makes sense with its format. */
function checkForm(
  { format, fields, patientKey, class: dataClass }: FileSettings,
  names: ReadonlySet<string>,
  place: readonly string[],
  report: Report,
): void {
  const hasFields = format !== 'text' && format !== 'opaque';
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
  { format, fields }: FileSettings,
  names: ReadonlySet<string>,
  place: readonly string[],
  report: Report,
): readonly DataMapPath[] {
  return Object.entries(fields).map(([path, { class: className, mask }]) => {
    const at = [...place, 'fields', path];
    if (format !== 'csv') checkJsonPath(path, at, report);
    if (className !== NO_CLASS) checkClass(className, names, at, report);
    return { path, dataClass: className, ...(mask !== undefined && { mask }) };
  });
}
