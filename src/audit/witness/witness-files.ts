import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { replaceDurably } from '../../encryption/durable-file.ts';
import { formatWitnessKey, type WitnessKey } from '../cosignature.ts';
import { readTextIfPresent } from '../read-if-present.ts';
import { type NoteVerifier, parseVerifierKey } from '../signed-note.ts';

/** Key pair of a witness, its name in front: `name`, line end, PKCS #8 in PEM. */
const KEY_FILE = 'witness.key';
/** Its public half, for logs and those who verify. */
const PUBLIC_KEY_FILE = 'witness.pub';
/** Verifier keys of the logs that are witnessed, one per line. */
const LOGS_FILE = 'logs';

/**
 * Reads a witness's key, or makes it at first start.
 *
 * @param name Only used for a new key.
 */
export async function loadWitnessKey(directory: string, name: string): Promise<WitnessKey> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const keyPath = path.join(directory, KEY_FILE);
  let text = await readTextIfPresent(keyPath);
  if (text === undefined) {
    const { privateKey } = generateKeyPairSync('ed25519');
    text = `${name}\n${privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()}`;
    await replaceDurably(keyPath, text);
  }
  const end = text.indexOf('\n');
  const key = { name: text.slice(0, end), privateKey: createPrivateKey(text.slice(end + 1)) };
  await writeFile(path.join(directory, PUBLIC_KEY_FILE), `${formatWitnessKey(key)}\n`);
  return key;
}

/** Finds the keys of a log in a witness's list, which is read each time: it can be edited while the witness runs. */
export async function findListedKeys(
  directory: string,
  origin: string,
): Promise<readonly NoteVerifier[]> {
  const lines = ((await readTextIfPresent(path.join(directory, LOGS_FILE))) ?? '').split('\n');
  return lines.flatMap((line) => {
    const key = parseVerifierKey(line);
    return key?.name === origin ? [key] : [];
  });
}
