import { z } from 'zod';

import { classSections, type DataMapClasses, readClasses, reportTo } from './data-map-classes.ts';
import { section } from './fields.ts';
import { contentSettings, type MappedContent, readContents } from './mapped-content.ts';

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
export type MappedFiles = MappedContent<FileFormat>;

/** Formats of files that can be masked as they are copied. */
export type FileFormat = 'csv' | 'json' | 'ndjson' | 'text' | 'opaque';

/** The schema of the section `dataMap` of an SSH target. */
export function fileDataMapSchema(): z.ZodType<FileDataMap> {
  return section({
    files: contentSettings<FileFormat>(['csv', 'json', 'ndjson', 'text', 'opaque']).default({}),
    unmappedFiles: z.enum(['pass', 'inspect', 'refuse']).default('inspect'),
    output: z.enum(['pass', 'inspect']).default('inspect'),
    ...classSections(),
  }).transform(({ files, unmappedFiles, output, ...sections }, context) => {
    const report = reportTo(context);
    const { names, classes } = readClasses(sections, report);
    return {
      ...{ ...classes, unmappedFiles, output },
      files: readContents('files', files, names, report),
    };
  });
}
