import type { ShellWord } from './shell-word.ts';

/** Stands among paths for one that the text does not show. */
export const UNKNOWN_PATH = '?';

/** Stands among patterns for one of any path. */
export const ANY_PATH = '**';

/** Where a command starts that nobody led elsewhere. */
export const HOME_PATH = '~';

/** Where the kernel shows another path: a process's root, working directory, open files. */
const PROCESS_LINK =
  /^\/proc\/[^/]+(?:\/task\/[^/]+)?\/(?:(root)(\/.*)?$|(?:cwd|fd|exe|map_files)(?:\/|$))/;

/** The same wherever `/proc` is, and open files under their other name; then what follows the last of them. */
const ANY_LINK =
  /^.*\/(?:proc\/[^/]+(?:\/task\/[^/]+)?\/(?:root|cwd|exe|(?:fd|map_files)\/[^/]+)|dev\/fd\/[^/]+)(\/.*)?$/s;

/**
 * The path without `.`, `..` and doubled slashes, as far as the text goes: links are the host's. Beneath the account's home
 * it begins with `~`.
 *
 * @param directory Canonical, or `?`: what a relative path is relative to.
 */
export function canonicalizePath(text: string, directory: string): string {
  const { root, way } = locate(text, directory);
  if (root === undefined) return UNKNOWN_PATH;
  const path = formatPath(root, way);
  const link = PROCESS_LINK.exec(path);
  if (link === null) return path;
  return link[1] === 'root' ? canonicalizePath(link[2] ?? '/', directory) : UNKNOWN_PATH;
}

/** Canonical paths that a word may name, from any of the directories. Of a pattern also the directory in which it looks. */
export function findPaths(word: ShellWord, directories: readonly string[]): readonly string[] {
  if (word.kind === 'unknown') return [UNKNOWN_PATH];
  if (word.text === '') return [];
  const texts = word.kind === 'literal' ? [word.text] : [word.text, directoryOf(word.text)];
  const paths = texts.flatMap((text) =>
    directories.map((directory) => canonicalizePath(text, directory)),
  );
  return findEndBehindLink(word) === undefined ? paths : [...paths, UNKNOWN_PATH];
}

/**
 * Patterns of the paths that a word may name, from any of the directories: `**` stands for what the text does not show, as in
 * `**` with `/people.csv` for `../people.csv`.
 */
export function findPatterns(word: ShellWord, directories: readonly string[]): readonly string[] {
  if (word.kind === 'unknown') return [ANY_PATH];
  if (word.text === '') return [];
  const patterns = directories.map((directory) => patternOf(word.text, directory));
  const end = findEndBehindLink(word);
  return end === undefined ? patterns : [...patterns, patternOf(end, UNKNOWN_PATH)];
}

function patternOf(text: string, directory: string): string {
  const { root = ANY_PATH, way } = locate(text, directory);
  if (mayEnterProcess(root, way)) return ANY_PATH;
  const path = formatPath(root, way);
  const link = ANY_LINK.exec(path);
  return link === null ? path : `${ANY_PATH}${link[1] ?? ''}`;
}

/** Whether wildcards may lead through `/proc`: `/p*` and so on. */
function mayEnterProcess(root: string, way: readonly string[]): boolean {
  const wildcard = way.findIndex((name) => /[*?[]/.test(name));
  if (wildcard === -1 || wildcard === way.length - 1 || root.startsWith('~')) return false;
  return wildcard === 0 || way.slice(0, wildcard).includes('proc');
}

interface Place {
  /** Empty for the root of the file system, `~…` for a home; undefined where the text does not show it. */
  readonly root: string | undefined;
  /** Names of directories from there, and at last of the file. */
  readonly way: readonly string[];
}

function locate(text: string, directory: string): Place {
  const [first = '', ...names] = (/^[/~]/.test(text) ? text : `${directory}/${text}`).split('/');
  // `~+` and `~-` are directories in which the shell is or was.
  const isKnown = first !== UNKNOWN_PATH && !/^~[-+\d]/.test(first);
  let root = isKnown ? first : undefined;
  const way: string[] = [];
  for (const name of names) {
    if (name === '' || name === '.') continue;
    if (name !== '..') way.push(name);
    // Above a home is whatever the host has there.
    else if (way.pop() === undefined && root !== '') root = undefined;
  }
  return { root, way };
}

function formatPath(root: string, way: readonly string[]): string {
  return way.length === 0 && root !== '' ? root : `${root}/${way.join('/')}`;
}

/**
 * What stands behind the last place from which a link may lead anywhere: `/var/run/..` is where the link leads, one up; and
 * `.*` matches `..` in some shells.
 */
function findEndBehindLink({ kind, text }: ShellWord): string | undefined {
  const names = text.split('/').filter((name) => name !== '' && name !== '.');
  const named = names.findIndex((name) => !/^(?:\.\.|~.*)$/s.test(name));
  const last = names.findLastIndex(
    (name, index) =>
      (name === '..' && named !== -1 && index > named) ||
      (kind === 'pattern' && /^\.[\s\S]*[*?[]/.test(name)),
  );
  return last === -1 ? undefined : names.slice(last + 1).join('/');
}

/** What stands before the first component that is a pattern. */
function directoryOf(pattern: string): string {
  const known = pattern.slice(0, pattern.search(/[*?[]/));
  const end = known.lastIndexOf('/');
  if (end === -1) return '.';
  return end === 0 ? '/' : known.slice(0, end);
}
