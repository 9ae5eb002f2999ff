import { posix } from 'node:path';
import type { ShellWord } from '../../../shell/shell-word.ts';
import type { HostFiles, OnWaiting } from '../sftp/host-files.ts';
import { listDirectory } from '../sftp/list-directory.ts';
import type { SftpTarget } from '../sftp/sftp-target.ts';
import { compileName } from './match-name.ts';

/** Paths that one word may come to. */
const PATHS_MAX = 10_000;
const GLOB = /[*?[]/;

/**
 * Finds the paths that a word stands for, as a shell on the host would: in every directory that is looked into, listing has to
 * be allowed. A word that matches nothing stands for itself.
 */
export async function expandWord(
  {
    target,
    files,
    onWaiting,
  }: { readonly target: SftpTarget; readonly files: HostFiles; readonly onWaiting: OnWaiting },
  word: ShellWord,
): Promise<readonly string[]> {
  const path = homeward(word.text);
  if (word.kind !== 'pattern') return [path];
  let found = [path.startsWith('/') ? '/' : ''];
  for (const segment of path.split('/').filter((part) => part !== '')) {
    const next: string[] = [];
    for (const parent of found) {
      if (!GLOB.test(segment)) next.push(posix.join(parent, segment));
      else next.push(...(await match(parent, segment)));
      if (next.length > PATHS_MAX) return [path];
    }
    found = next;
  }
  return found.length === 0 ? [path] : found.toSorted();

  async function match(parent: string, segment: string): Promise<readonly string[]> {
    const matches = compileName(segment);
    const directory = await files.clearPath(
      Buffer.from(parent === '' ? '.' : parent),
      { verb: 'list', last: 'follow' },
      onWaiting,
    );
    if (directory.kind === 'answer') return [];
    const entries = await listDirectory(target, files.paths, directory.paths[0] ?? '');
    return entries
      .filter(({ name }) => matches(name) && (segment.startsWith('.') || !name.startsWith('.')))
      .map(({ name }) => posix.join(parent, name));
  }
}

/** Sessions start in the home directory. */
export function homeward(path: string): string {
  if (path === '~' || path === '') return '.';
  return path.startsWith('~/') ? path.slice(2) || '.' : path;
}
