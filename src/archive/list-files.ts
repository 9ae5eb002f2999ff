import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { hasCode } from '../encryption/durable-file.ts';

/** Names in a directory; none if it is not there, or no directory. */
export async function namesIn(directory: string): Promise<readonly string[]> {
  return (await listFiles(directory)).map(({ name }) => name);
}

/** What is in a directory; nothing if it is not there, or no directory. */
export async function listFiles(directory: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return [];
    throw error;
  }
}

/** Bytes of a file; 0 if it is none, or not there. */
export async function sizeOf(file: string): Promise<number> {
  try {
    const found = await stat(file);
    return found.isFile() ? found.size : 0;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 0;
    throw error;
  }
}
