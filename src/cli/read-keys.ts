import { existsSync } from 'node:fs';
import { type KeyKind, parseVerifierKey } from '../audit/signed-note.ts';
import { CliError, EXIT } from './cli-error.ts';
import { readNamedText } from './read-named-file.ts';

/**
 * The verifier keys in files, one a line, and those that were given in place of a file's name.
 *
 * @throws {CliError} If a file has none, or not all are of this kind: who believes nobody in particular would believe
 * the ledger itself, and by a key of another kind every ledger would be damaged.
 */
export async function readKeys(
  keysOrFiles: readonly string[] | undefined,
  kind: KeyKind,
): Promise<readonly string[]> {
  return (await Promise.all((keysOrFiles ?? []).map((one) => readOne(one, kind)))).flat();
}

async function readOne(keyOrFile: string, kind: KeyKind): Promise<readonly string[]> {
  const isFile = existsSync(keyOrFile);
  if (!isFile && !keyOrFile.includes('+')) {
    const hint = 'Name a file with keys, or give a key itself, as in name+id+key.';
    throw new CliError(EXIT.usage, `There is no file ${keyOrFile}`, hint);
  }
  const lines = (isFile ? await readNamedText(keyOrFile) : keyOrFile).split('\n');
  const keys = lines.map((line) => line.trim()).filter((line) => line !== '');
  const isEvery = keys.every((key) => parseVerifierKey(key, kind) !== undefined);
  if (keys.length > 0 && isEvery) return keys;
  const other = isFile ? `${keyOrFile} has a line that is` : `${keyOrFile} is`;
  throw new CliError(
    EXIT.usage,
    keys.length === 0 ? `There is no key in ${keyOrFile}` : `${other} no key of a ${kind}`,
    'A file of keys has one on each line, as in name+id+key.',
  );
}
