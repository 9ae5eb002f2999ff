import type { FileDataMap } from '../../configuration/file-data-map.ts';
import {
  type ContentMaskingParts,
  ContentMasks,
  NO_CLASS,
  type ShownClasses,
} from '../content/content-masks.ts';
import { type ContentEntry, ContentPlans, FREE_TEXT, isHidden } from '../content/content-plans.ts';
import type { ContentPlan } from '../content-masker.ts';
import { compileGlob, type FileGlob } from './file-glob.ts';
import { globsOverlap } from './globs-overlap.ts';

/** What tables of values are called that have commas, tabs or the like between them. */
const TABLE = /\.(?:csv|tsv|tab|psv)(?:\.(?:bak|old|orig|tmp|\d{1,8}))?~?$/i;

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

export interface FileMaskingParts extends ContentMaskingParts {
  readonly dataMap: FileDataMap;
}

/** What an entry says, and of which files. */
interface FileEntry extends ContentEntry {
  readonly glob: FileGlob;
}

/** Applies the part of a data map that speaks of files. */
export function openFileMasking(parts: FileMaskingParts): FileMasking {
  const { dataMap } = parts;
  const plans = new ContentPlans(new ContentMasks(parts));
  const entries: readonly FileEntry[] = dataMap.files.map((files) => ({
    ...plans.toEntry(files),
    glob: compileGlob(files.glob),
  }));
  const find = (path: string): FileEntry | undefined =>
    entries.findLast(({ glob }) => glob.matches(path));
  const hidesUnmapped = (shown: ShownClasses): boolean =>
    dataMap.unmappedFiles !== 'pass' && !shown.has(FREE_TEXT);
  const planUnmapped = (path: string, shown: ShownClasses): ContentPlan => {
    if (!hidesUnmapped(shown)) return { kind: 'raw' };
    if (dataMap.unmappedFiles === 'refuse') {
      return { kind: 'refused', reason: 'the data map does not say what this file holds' };
    }
    const content = { mayBeBinary: true, isTable: TABLE.test(path) };
    return { kind: 'inspected', openMasker: plans.openText(content) };
  };
  // Whether a file that no entry speaks of would show more under a path of this one.
  const baresUnmapped = (entry: FileEntry, shown: ShownClasses): boolean =>
    hidesUnmapped(shown) &&
    (dataMap.unmappedFiles === 'refuse' || !isHidden(entry, shown) || !entry.content.hasHeader);
  const classNames = new Set([
    ...entries.flatMap((entry) => entry.classNames).filter((name) => name !== NO_CLASS),
    FREE_TEXT,
  ]);
  return {
    classNames,
    plan(path, shown) {
      const entry = find(path);
      if (entry === undefined) return planUnmapped(path, shown);
      const isTable = entry.content.format === 'text' && TABLE.test(path);
      return plans.plan(isTable ? { ...entry, hasLines: true } : entry, shown);
    },
    mayHide: (pattern, shown) =>
      (dataMap.unmappedFiles === 'refuse' && hidesUnmapped(shown)) ||
      entries.some((entry) => isHidden(entry, shown) && globsOverlap(entry.content.glob, pattern)),
    mayMean: (name, shown) =>
      entries.some(
        (entry) =>
          !/\/\*+$/.test(entry.content.glob) &&
          isHidden(entry, shown) &&
          globsOverlap(entry.content.glob, name),
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
