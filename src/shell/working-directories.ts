import type { StartedPrograms } from './look-through.ts';
import { findPaths, UNKNOWN_PATH } from './shell-path.ts';
import { mayBeOption, type ShellWord } from './shell-word.ts';

/** Directories in which one text works. */
const DIRECTORIES_MAX = 16;

/**
 * Directories in which some command of the text may work, from where it starts. In which order `cd` is reached is not followed: a path is
 * relative to each of them.
 */
export function findDirectories(
  { invocations, directories }: StartedPrograms,
  start: string,
): readonly string[] {
  const found = new Set<string>([start]);
  const enter = (word: ShellWord, isRepeated: boolean): void => {
    const isRooted = /^[/~]/.test(word.text) && word.kind === 'literal';
    const paths = word.kind === 'literal' ? findPaths(word, isRooted ? ['/'] : [...found]) : [];
    if (paths.length === 0 || (isRepeated && !isRooted)) found.add(UNKNOWN_PATH);
    for (const path of paths) found.add(path);
  };
  for (const { program, args, isRepeated } of invocations) {
    if (found.size > DIRECTORIES_MAX) break;
    if (/^(?:chroot|nsenter|popd)$/.test(program)) found.add(UNKNOWN_PATH);
    if (program !== 'cd' && program !== 'pushd') continue;
    for (const word of args) {
      if (word.kind === 'literal' && mayBeOption(word)) continue;
      if (word.kind === 'literal' && /^(?:-|[-+]\d+)$/.test(word.text)) found.add(UNKNOWN_PATH);
      else enter(word, isRepeated);
    }
  }
  for (const word of directories) enter(word, false);
  if (found.size <= DIRECTORIES_MAX) return [...found];
  return [start, UNKNOWN_PATH];
}
