import { createPrivateKey, createPublicKey } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { syncDirectory } from '../encryption/durable-file.ts';
import { signKeyChange } from './key-chain.ts';
import { addKeyChange } from './key-change-file.ts';
import type { Ledger } from './ledger.ts';
import type { LogPaths } from './ledger-layout.ts';
import { readTextIfPresent } from './read-if-present.ts';
import { seal } from './seal.ts';
import { formatVerifierKey } from './signed-note.ts';
import { createKey, nextKeyPath } from './signing-key.ts';

/** Beside the private key: that it is to be changed. */
function requestPath(paths: LogPaths): string {
  return `${paths.privateKey}.change`;
}

/** Asks whoever writes a log to change its key: a gateway does so at its next checkpoint, or at its start. */
export async function requestKeyChange(paths: LogPaths): Promise<void> {
  await writeFile(requestPath(paths), '', { mode: 0o600 });
}

/**
 * Changes the key of a log if that was asked for: an entry announces it, the old key signs everything up to there and
 * the new key, and goes. Nothing is lost if the process dies in between: the change then counts, or it does not.
 *
 * @returns The new verifier key, or undefined if nobody asked.
 */
export async function changeKeyIfAsked(
  ledger: Ledger,
  logName: string,
  paths: LogPaths,
): Promise<string | undefined> {
  if ((await readTextIfPresent(requestPath(paths))) === undefined) return undefined;
  const next = createPrivateKey(await createKey(nextKeyPath(paths.privateKey)));
  const verifierKey = formatVerifierKey(logName, createPublicKey(next));
  await seal(ledger, { kind: 'ledger.key-change', key: verifierKey });
  await ledger.checkpoints.changeKey(next, async (last, old) => {
    await addKeyChange(paths.log, signKeyChange(last, old, next));
    await rename(nextKeyPath(paths.privateKey), paths.privateKey);
    await syncDirectory(path.dirname(paths.privateKey));
  });
  await writeFile(paths.publicKey, `${verifierKey}\n`);
  await rm(requestPath(paths));
  return verifierKey;
}
