import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** The verifier keys in a file, one a line; or the one key that was given in place of a file's name. */
export async function readKeys(keyOrFile: string): Promise<readonly string[]> {
  if (!existsSync(keyOrFile)) return [keyOrFile];
  const lines = (await readFile(keyOrFile, 'utf8')).split('\n');
  return lines.map((line) => line.trim()).filter((line) => line !== '');
}
