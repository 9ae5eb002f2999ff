import { type Complaint, reportComplaints } from './complaint.ts';
import { exportedDeclarations } from './exported-declarations.ts';
import { parseSource } from './parse-source.ts';
import {
  isTestFile,
  listFiles,
  readSourceFiles,
  SOURCE_FOLDERS,
  type SourceFile,
} from './source-file.ts';

/** Names that say nothing about what is inside, and what to do instead. */
const EMPTY_NAMES: Readonly<Record<string, string>> = {
  util: 'name it after what it does',
  utils: 'name it after what it does',
  helper: 'name it after what it does',
  helpers: 'name it after what it does',
  common: 'move each part beside its first user',
  shared: 'move each part beside its first user',
  core: 'name the thing that is at the core',
  lib: 'name it after what it does',
  misc: 'split it by subject',
  base: 'name what the others have in common',
  manager: 'name what it does to what it manages',
  types: 'move each type into the file that makes it',
  constants: 'define each beside its use',
  models: 'name the thing that is modelled',
};

/** Of those, the ones that say nothing even as a part of a longer name. */
const EMPTY_PARTS: readonly string[] = ['util', 'utils', 'helper', 'helpers', 'misc', 'manager'];

/** A file with more exports than this has no main one. */
const MAIN_EXPORTS_MAX = 3;

/** Words that begin with the same letters, this many, are forms of one word. */
const AKIN_LETTERS = 5;

const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** Checks the name of a file and of the folders it is in. The words must mean something. */
export function findPathNameComplaints(file: string): Complaint[] {
  const names = file.split('/');
  const stems = [...names.slice(0, -1), stemOf(file)];
  const messages = stems.flatMap((stem) => {
    if (!KEBAB_CASE.test(stem)) return [`"${stem}" is not kebab-case`];
    const empty = [stem, ...stem.split('-').filter((part) => EMPTY_PARTS.includes(part))].find(
      (word) => word in EMPTY_NAMES,
    );
    return empty === undefined ? [] : [`"${empty}" says nothing: ${EMPTY_NAMES[empty]}`];
  });
  return messages.map((message) => ({ file, line: 1, message }));
}

/**
 * Checks that a file is named after its main export: they share a word. A file with more exports
 * than `MAIN_EXPORTS_MAX` is a collection, named after its subject, and is left to review; so is
 * `test/`, where captures are named after what they were recorded from.
 */
export function findMainExportComplaints(file: SourceFile): Complaint[] {
  if (file.path.startsWith('test/') || isTestFile(file.path)) return [];
  const names = exportedDeclarations(parseSource(file)).map((exported) => exported.name);
  if (names.length === 0 || names.length > MAIN_EXPORTS_MAX) return [];
  const fileWords = stemOf(file.path).split('-');
  const exportWords = names.flatMap(wordsOf);
  if (fileWords.some((word) => exportWords.some((other) => areAkin(word, other)))) return [];
  const message = `exports ${names.join(', ')}, none of which is named like the file; rename one of them`;
  return [{ file: file.path, line: 1, message }];
}

function stemOf(file: string): string {
  const name = file.split('/').at(-1) ?? '';
  return name.replace(/(\.test|\.fixture|\.d)?\.[a-z]+$/, '');
}

/** `encodeRowDescription` and `ROW_DESCRIPTION` hold the words of `row-description`. */
function wordsOf(name: string): string[] {
  const spaced = name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2');
  return spaced.toLowerCase().split('_');
}

/** `restriction` and `restrict`, `docs` and `doc`: one begins like the other, up to its ending. */
function areAkin(word: string, other: string): boolean {
  const shorter = Math.min(word.length, other.length, AKIN_LETTERS);
  if (shorter < AKIN_LETTERS && Math.abs(word.length - other.length) > 1) return false;
  return word.slice(0, shorter) === other.slice(0, shorter);
}

if (import.meta.main) {
  const paths = listFiles(SOURCE_FOLDERS).filter((file) => /\.[cm]?[jt]sx?$/.test(file));
  reportComplaints(paths.length, [
    ...paths.flatMap(findPathNameComplaints),
    ...readSourceFiles(SOURCE_FOLDERS).flatMap(findMainExportComplaints),
  ]);
}
