import { readFile } from 'node:fs/promises';
import { isMissing } from './checkpoint-file.ts';

/** The text of a file, or undefined if there is none. */
export async function readTextIfPresent(filePath: string): Promise<string | undefined> {
  try {
    return await readFile(filePath, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
