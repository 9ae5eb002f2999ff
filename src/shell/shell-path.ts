import type { ShellWord } from './shell-word.ts';

/** Stands among paths for one that the text does not show. */
export const UNKNOWN_PATH = '?';

/** Where a command starts that nobody led elsewhere. */
export const HOME_PATH = '~';

/** Where the kernel shows another path: a process's root, working directory, open files. */
const PROCESS_LINK =
  /^\/proc\/[^/]+(?:\/task\/[^/]+)?\/(?:(root)(\/.*)?$|(?:cwd|fd|exe|map_files)(?:\/|$))/;

/**
 * The path without `.`, `..` and doubled slashes, as far as the text goes: links are the host's. Beneath the account's home
 * it begins with `~`.
 *
 * @param directory Canonical, or `?`: what a relative path is relative to.
 */
export function canonicalizePath(text: string, directory: string): string {
  const isRooted = text.startsWith('/') || text.startsWith('~');
  if (!isRooted && directory === UNKNOWN_PATH) return UNKNOWN_PATH;
  // `~+` and `~-` are directories in which the shell is or was.
  if (/^~[-+\d]/.test(text)) return UNKNOWN_PATH;
  const [root = '', ...components] = (isRooted ? text : `${directory}/${text}`).split('/');
  const kept: string[] = [];
  for (const component of components) {
    if (component === '' || component === '.') continue;
    if (component !== '..') kept.push(component);
    // Above a home is whatever the host has there.
    else if (kept.pop() === undefined && root !== '') return UNKNOWN_PATH;
  }
  const path = kept.length === 0 && root !== '' ? root : `${root}/${kept.join('/')}`;
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
  return leavesLink(word) ? [...paths, UNKNOWN_PATH] : paths;
}

/** `/var/run/..` is where the link leads, one up; and `.*` matches `..` in some shells. */
function leavesLink({ kind, text }: ShellWord): boolean {
  const components = text.split('/').filter((component) => component !== '' && component !== '.');
  const named = components.findIndex((component) => !/^(?:\.\.|~.*)$/s.test(component));
  if (named !== -1 && components.includes('..', named)) return true;
  return kind === 'pattern' && components.some((component) => /^\.[\s\S]*[*?[]/.test(component));
}

/** What stands before the first component that is a pattern. */
function directoryOf(pattern: string): string {
  const known = pattern.slice(0, pattern.search(/[*?[]/));
  const end = known.lastIndexOf('/');
  if (end === -1) return '.';
  return end === 0 ? '/' : known.slice(0, end);
}
