import { existsSync } from 'node:fs';
import { CliError, EXIT } from './cli-error.ts';
import { readNamedText } from './read-named-file.ts';

/** The verifier keys in a file, one a line; or the one key that was given in place of a file's name. */
export async function readKeys(keyOrFile: string): Promise<readonly string[]> {
  if (!existsSync(keyOrFile)) {
    if (keyOrFile.includes('+')) return [keyOrFile];
    const hint = 'Name a file with keys, or give a key itself, as in name+id+key.';
    throw new CliError(EXIT.usage, `There is no file ${keyOrFile}`, hint);
  }
  const lines = (await readNamedText(keyOrFile)).split('\n');
  return lines.map((line) => line.trim()).filter((line) => line !== '');
}
