import { createPrivateKey, createPublicKey } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { signKeyChange } from './key-chain.ts';
import { addKeyChange, readKeyChanges } from './key-change-file.ts';
import type { Ledger } from './ledger.ts';
import type { LogPaths } from './ledger-layout.ts';
import { readTextIfPresent } from './read-if-present.ts';
import { seal } from './seal.ts';
import { formatVerifierKey } from './signed-note.ts';
import { createKey, finishKeyChange, nextKeyPath } from './signing-key.ts';

/** Beside the private key: that it is to be changed. */
function requestPath(paths: LogPaths): string {
  return `${paths.privateKey}.change`;
}

/** Asks whoever writes a log to change its key: a gateway does so at its next checkpoint, or at its start. */
export async function requestKeyChange(paths: LogPaths): Promise<void> {
  await writeFile(requestPath(paths), '', { mode: 0o600 });
}

/** Those whose key is being changed: two changes at once would each take the other's key for its own. */
const changing = new WeakSet<Ledger>();

/**
 * Changes the key of a log if that was asked for: an entry announces it, the old key signs everything up to there and
 * the new key, and goes. Nothing is lost if the process dies, or the disk fails, in between: the change then counts, or
 * it does not.
 *
 * @returns The new verifier key, or undefined if nobody asked, or it is being changed already.
 */
export async function changeKeyIfAsked(
  ledger: Ledger,
  logName: string,
  paths: LogPaths,
): Promise<string | undefined> {
  if (changing.has(ledger)) return undefined;
  changing.add(ledger);
  try {
    const isAsked = (await readTextIfPresent(requestPath(paths))) !== undefined;
    return isAsked ? await changeKey(ledger, logName, paths) : undefined;
  } finally {
    changing.delete(ledger);
  }
}

async function changeKey(ledger: Ledger, logName: string, paths: LogPaths): Promise<string> {
  const takePlace = async (): Promise<void> =>
    finishKeyChange(paths.privateKey, logName, await readKeyChanges(paths.log));
  // One that failed has left its key there, which signs now, or will.
  await ledger.checkpoints.settleKey();
  await takePlace();
  const next = createPrivateKey(await createKey(nextKeyPath(paths.privateKey)));
  const verifierKey = formatVerifierKey(logName, createPublicKey(next));
  await seal(ledger, { kind: 'ledger.key-change', key: verifierKey });
  await ledger.checkpoints.changeKey(next, (last, old) =>
    addKeyChange(paths.log, signKeyChange(last, old, next)),
  );
  await takePlace();
  await writeFile(paths.publicKey, `${verifierKey}\n`);
  await rm(requestPath(paths));
  return verifierKey;
}
