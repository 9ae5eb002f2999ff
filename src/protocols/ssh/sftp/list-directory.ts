import { isUtf8 } from 'node:buffer';
import type { Attributes } from '../../../wire/sftp/attributes.ts';
import type { HostPaths } from './host-paths.ts';
import type { SftpTarget } from './sftp-target.ts';

/** Entries of one directory. */
const ENTRIES_MAX = 100_000;

export interface DirectoryEntry {
  readonly name: string;
  readonly attributes: Attributes;
}

/** Lists a directory, without `.` and `..` and names that are not UTF-8. Empty if the target does not let us. */
export async function listDirectory(
  target: SftpTarget,
  paths: HostPaths,
  path: string,
): Promise<readonly DirectoryEntry[]> {
  const opened = await target.ask({ kind: 'opendir', path: Buffer.from(path) });
  if (opened.kind !== 'handle') return [];
  const handle = Buffer.from(opened.handle);
  const entries: DirectoryEntry[] = [];
  const isThere = await paths.isStillAt(path, undefined);
  while (isThere && entries.length < ENTRIES_MAX) {
    const response = await target.ask({ kind: 'readdir', handle });
    if (response.kind !== 'name') break;
    for (const { name, attributes } of response.entries) {
      const text = name.toString('utf8');
      if (isUtf8(name) && text !== '.' && text !== '..') entries.push({ name: text, attributes });
    }
  }
  await target.ask({ kind: 'close', handle });
  return entries;
}
