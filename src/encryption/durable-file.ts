import { randomBytes } from 'node:crypto';
import { link, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/**
 * Creates a file for its owner only; it appears once all of it is on stable storage.
 *
 * @returns False if there is one already: then nothing changed.
 */
export async function createDurably(filePath: string, text: string): Promise<boolean> {
  const unfinishedPath = await writeBeside(filePath, text);
  try {
    await link(unfinishedPath, filePath);
    await syncDirectory(path.dirname(filePath));
    return true;
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    return false;
  } finally {
    await rm(unfinishedPath, { force: true });
  }
}

/** Puts a file in the place of another one: readers see the old or the new one, whole. */
export async function replaceDurably(filePath: string, text: string): Promise<void> {
  await rename(await writeBeside(filePath, text), filePath);
  await syncDirectory(path.dirname(filePath));
}

/** Undefined if there is no such file. */
export async function readIfPresent(filePath: string): Promise<Buffer | undefined> {
  try {
    return await readFile(filePath);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Makes names that were created or removed in a directory survive a power failure. */
export async function syncDirectory(directory: string): Promise<void> {
  await using handle = await open(directory, 'r');
  await handle.sync();
}

/** Whether an error is the system's of this name, such as `ENOENT`. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

async function writeBeside(filePath: string, text: string): Promise<string> {
  const unfinishedPath = `${filePath}.${randomBytes(4).toString('hex')}.unfinished`;
  await using file = await open(unfinishedPath, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    // Who tries again on a full disk must not fill it with what was not finished.
    await rm(unfinishedPath, { force: true });
    throw error;
  }
  return unfinishedPath;
}
