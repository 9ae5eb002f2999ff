import { existsSync } from 'node:fs';
import { parseVerifierKey } from '../audit/signed-note.ts';
import { CliError, EXIT } from './cli-error.ts';
import { readNamedText } from './read-named-file.ts';

/**
 * The verifier keys in a file, one a line; or the one key that was given in place of a file's name.
 *
 * @throws {CliError} If there is none: who believes nobody in particular would believe the ledger itself.
 */
export async function readKeys(keyOrFile: string): Promise<readonly string[]> {
  if (!existsSync(keyOrFile)) {
    if (keyOrFile.includes('+')) return [keyOrFile];
    const hint = 'Name a file with keys, or give a key itself, as in name+id+key.';
    throw new CliError(EXIT.usage, `There is no file ${keyOrFile}`, hint);
  }
  const lines = (await readNamedText(keyOrFile)).split('\n');
  const keys = lines.map((line) => line.trim()).filter((line) => line !== '');
  const isEvery = keys.every((key) => parseVerifierKey(key) ?? parseVerifierKey(key, 'witness'));
  if (keys.length > 0 && isEvery) return keys;
  throw new CliError(
    EXIT.usage,
    keys.length === 0
      ? `There is no key in ${keyOrFile}`
      : `${keyOrFile} has a line that is no key`,
    'A file of keys has one on each line, as in name+id+key.',
  );
}
