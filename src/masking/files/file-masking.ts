import type { DataMapPath } from '../../configuration/data-map.ts';
import type { FileDataMap, MappedFiles } from '../../configuration/file-data-map.ts';
import { buildTargetClasses, findMask, type TargetClasses } from '../classes/target-classes.ts';
import { ContentFindings } from '../content/content-findings.ts';
import { chooseCsvColumns } from '../content/csv-columns.ts';
import { CsvMasker } from '../content/csv-masker.ts';
import { JsonMasker } from '../content/json-masker.ts';
import { TextMasker } from '../content/text-masker.ts';
import type { ContentMasker, ContentPlan, OpenContentMasker } from '../content-masker.ts';
import type { JsonPathMask } from '../detectors/redact-json.ts';
import type { MaskContext } from '../masks/mask-context.ts';
import { maskText } from '../masks/mask-text.ts';
import type { FieldMask } from '../rows/field-mask.ts';
import { Findings, type TextMasks } from '../rows/findings.ts';
import type { PatientHasher } from '../rows/patient-hasher.ts';
import { compileGlob, type FileGlob } from './file-glob.ts';
import { globsOverlap } from './globs-overlap.ts';

/** What may hold anything, where nothing says what a text holds. */
const FREE_TEXT = 'free-text';
const JSON_CLASS = 'json';
const UNMAPPED = 'unmapped';
const NONE = 'none';

/** The classes that a principal may see raw, each with the policies that permit it. */
export type ShownClasses = ReadonlyMap<string, readonly string[]>;

/** What is about to get a new name. */
export interface OldName {
  readonly path: string;
  /** Whether it is a directory: what is in it gets new names, too. */
  readonly isTree: boolean;
}

/** What masking does with the files of one target. */
export interface FileMasking {
  /** Every class that a file may hold. */
  readonly classNames: ReadonlySet<string>;
  /** What becomes of a file. @param path As the server resolves it. */
  plan(path: string, shown: ShownClasses): ContentPlan;
  /**
   * Whether a file that a command reads may be one that is hidden.
   *
   * @param pattern Absolute, or beneath an unknown home (`~`) or directory (`**`); perhaps with wildcards of a shell.
   */
  mayHide(pattern: string, shown: ShownClasses): boolean;
  /** The same of a word that may be no file's name: entries that say nothing of a file's own name do not count. */
  mayMean(name: string, shown: ShownClasses): boolean;
  /** Whether something hidden from the principal would go by other rules, or none, under a new path. */
  losesMasks(old: OldName, newPath: string, shown: ShownClasses): boolean;
  /** Whether anything of the target's files is hidden from the principal. */
  hidesAny(shown: ShownClasses): boolean;
}

export interface FileMaskingParts {
  readonly dataMap: FileDataMap;
  readonly textMasks: TextMasks;
  /** Hashes whose records were shown. Absent: that stays unsaid. */
  readonly patientHasher?: PatientHasher;
  /** Asked for each file: the year in it changes. */
  readonly context: () => MaskContext;
}

interface Entry {
  readonly files: MappedFiles;
  readonly glob: FileGlob;
  /** All of which a principal has to see to see the files raw. */
  readonly classNames: readonly string[];
}

/** Applies the part of a data map that speaks of files. */
export function openFileMasking(parts: FileMaskingParts): FileMasking {
  const { dataMap } = parts;
  const entries = dataMap.files.map((files) => ({
    files,
    glob: compileGlob(files.glob),
    classNames: classesOf(files),
  }));
  const plans = new FilePlans(parts);
  const find = (path: string): Entry | undefined =>
    entries.findLast(({ glob }) => glob.matches(path));
  const isHidden = ({ classNames }: Entry, shown: ShownClasses): boolean =>
    !classNames.every((name) => name === NONE || shown.has(name));
  const hidesUnmapped = (shown: ShownClasses): boolean =>
    dataMap.unmappedFiles !== 'pass' && !shown.has(FREE_TEXT);
  // Whether a file that no entry speaks of would show more under a path of this one.
  const baresUnmapped = (entry: Entry, shown: ShownClasses): boolean =>
    hidesUnmapped(shown) &&
    (dataMap.unmappedFiles === 'refuse' || !isHidden(entry, shown) || !entry.files.hasHeader);
  const classNames = new Set([
    ...entries.flatMap((entry) => entry.classNames).filter((name) => name !== NONE),
    FREE_TEXT,
  ]);
  return {
    classNames,
    plan(path, shown) {
      const entry = find(path);
      if (entry === undefined) return plans.unmapped(shown);
      return isHidden(entry, shown) ? plans.masked(entry, shown) : plans.raw(entry, shown);
    },
    mayHide: (pattern, shown) =>
      (dataMap.unmappedFiles === 'refuse' && hidesUnmapped(shown)) ||
      entries.some((entry) => isHidden(entry, shown) && globsOverlap(entry.files.glob, pattern)),
    mayMean: (name, shown) =>
      entries.some(
        (entry) =>
          !/\/\*+$/.test(entry.files.glob) &&
          isHidden(entry, shown) &&
          globsOverlap(entry.files.glob, name),
      ),
    losesMasks({ path, isTree }, newPath, shown) {
      const entry = find(path);
      const newEntry = find(newPath);
      if (entry !== undefined && isHidden(entry, shown) && newEntry !== entry) return true;
      if (entry === undefined && newEntry !== undefined && baresUnmapped(newEntry, shown))
        return true;
      if (!isTree) return false;
      return entries.some(
        (inside) =>
          (isHidden(inside, shown) && inside.glob.reachesInto(path)) ||
          (baresUnmapped(inside, shown) && inside.glob.reachesInto(newPath)),
      );
    },
    hidesAny: (shown) => hidesUnmapped(shown) || entries.some((entry) => isHidden(entry, shown)),
  };
}

/** What a file of this kind may hold: a principal who may see all of it sees it raw. */
function classesOf({ format, fields, dataClass }: MappedFiles): readonly string[] {
  const own = fields.map((field) => field.dataClass);
  switch (format) {
    case 'csv':
      return fields.some(({ path }) => path === '*') ? own : [...own, UNMAPPED];
    case 'json':
    case 'ndjson':
      return [...own, JSON_CLASS];
    case 'text':
      return [FREE_TEXT];
    case 'opaque':
      return [dataClass ?? UNMAPPED];
  }
}

/** Says how files are masked. */
class FilePlans {
  readonly #parts: FileMaskingParts;
  readonly #classes: TargetClasses;

  constructor(parts: FileMaskingParts) {
    this.#parts = parts;
    this.#classes = buildTargetClasses(parts.dataMap);
  }

  unmapped(shown: ShownClasses): ContentPlan {
    const { unmappedFiles } = this.#parts.dataMap;
    if (unmappedFiles === 'pass' || shown.has(FREE_TEXT)) return { kind: 'raw' };
    if (unmappedFiles === 'refuse') {
      return { kind: 'refused', reason: 'the data map does not say what this file holds' };
    }
    return { kind: 'inspected', openMasker: this.#openText(true) };
  }

  raw(entry: Entry, shown: ShownClasses): ContentPlan {
    const openObserver = this.#openRecords(entry, shown);
    return { kind: 'raw', ...(openObserver !== undefined && { openObserver }) };
  }

  masked(entry: Entry, shown: ShownClasses): ContentPlan {
    const { format, dataClass = UNMAPPED } = entry.files;
    if (format === 'opaque') {
      return { kind: 'refused', reason: `it holds ${dataClass} and cannot be masked` };
    }
    return { kind: 'masked', openMasker: this.#openRecords(entry, shown) ?? this.#openText(false) };
  }

  #openRecords(entry: Entry, shown: ShownClasses): OpenContentMasker | undefined {
    const { format } = entry.files;
    switch (format) {
      case 'csv':
        return this.#openCsv(entry, shown);
      case 'json':
      case 'ndjson':
        return this.#openJson(entry, format, shown);
      case 'text':
      case 'opaque':
        return undefined;
    }
  }

  #openText(mayBeBinary: boolean): OpenContentMasker {
    return (write): ContentMasker => {
      const found = new Findings(this.#parts.textMasks);
      const evidence = new ContentFindings({ found, raw: {}, patients: undefined });
      return new TextMasker({ found, evidence }, mayBeBinary, write);
    };
  }

  #begin({ files, classNames }: Entry, shown: ShownClasses): Counters {
    const found = new Findings(this.#parts.textMasks);
    const raw = classNames.flatMap((name) => {
      const policies = shown.get(name);
      return policies === undefined ? [] : [[name, policies] as const];
    });
    const patients = files.patientKey === undefined ? 'unsaid' : this.#parts.patientHasher;
    const evidence = new ContentFindings({
      found,
      raw: Object.fromEntries(raw),
      patients: patients ?? 'unsaid',
    });
    return { found, evidence };
  }

  #openCsv(entry: Entry, shown: ShownClasses): OpenContentMasker {
    const { files } = entry;
    return (write) => {
      const counters = this.#begin(entry, shown);
      const { found, evidence } = counters;
      const file = {
        delimiter: files.delimiter.charCodeAt(0),
        hasHeader: files.hasHeader,
        chooseColumns: (names: readonly string[]) =>
          chooseCsvColumns(names, files, (field) => this.#maskCell(field, shown, counters)),
        maskName: (bytes: Buffer, start: number, end: number) => found.redact(bytes, start, end),
      };
      return new CsvMasker(file, evidence, write);
    };
  }

  /** The mask of a column; undefined if its values stay as they are. */
  #maskCell(
    { dataClass, mask: setting }: Pick<DataMapPath, 'dataClass' | 'mask'>,
    shown: ShownClasses,
    { found, evidence }: Counters,
  ): FieldMask | undefined {
    if (dataClass === NONE || shown.has(dataClass)) return undefined;
    if (setting === undefined && dataClass === FREE_TEXT) {
      return (bytes, start, end) => found.redact(bytes, start, end);
    }
    if (setting === undefined && dataClass === JSON_CLASS) {
      return (bytes, start, end) => found.redactJson(bytes, start, end, []);
    }
    const maskValue = this.#maskValue(dataClass, setting);
    return (bytes, start, end) => {
      evidence.mask(dataClass);
      const masked = maskValue(bytes.toString('utf8', start, end));
      return masked === null ? null : Buffer.from(masked);
    };
  }

  #openJson(entry: Entry, format: 'json' | 'ndjson', shown: ShownClasses): OpenContentMasker {
    const { fields, patientKey } = entry.files;
    const file = {
      format,
      paths: fields
        .filter(({ dataClass }) => !shown.has(dataClass))
        .map((field) => this.#maskPath(field)),
      isInspected: !shown.has(JSON_CLASS),
      patientPaths: patientKey === undefined ? [] : [{ path: patientKey }],
    };
    return (write) => new JsonMasker(file, this.#begin(entry, shown), write);
  }

  #maskPath({ path, dataClass: className, mask: setting }: DataMapPath): JsonPathMask {
    if (className === NONE) return { path, className, mask: (text) => text };
    const maskValue = this.#maskValue(className, setting);
    return { path, className, mask: (text) => maskValue(text) ?? '' };
  }

  #maskValue(className: string, setting: DataMapPath['mask']): (text: string) => string | null {
    const mask = findMask(this.#classes, className, setting);
    // Tokens are minted by statement; a file may have any number of values.
    if (mask.kind === 'vault') return () => null;
    const context = this.#parts.context();
    return (text) => maskText(mask, text, context);
  }
}

/** What counts the values of one file. */
interface Counters {
  readonly found: Findings;
  readonly evidence: ContentFindings;
}
