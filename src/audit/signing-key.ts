import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { appendFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { replaceDurably, syncDirectory } from '../encryption/durable-file.ts';
import { type KeyChain, readKeyChain } from './key-chain.ts';
import { readKeyChanges } from './key-change-file.ts';
import { LedgerError } from './ledger-error.ts';
import type { LogPaths } from './ledger-layout.ts';
import { readTextIfPresent } from './read-if-present.ts';
import { formatVerifierKey } from './signed-note.ts';

/**
 * Reads the key that signs a log's checkpoints, or makes it at first start: 0600, durable before it
 * is used. The public half is exported for those who verify, and entered in the registry of logs.
 *
 * @throws {LedgerError} `ERR_LEDGER_CORRUPT` if the registry has another key for this log.
 */
export async function loadSigningKey(paths: LogPaths, logName: string): Promise<KeyObject> {
  await mkdir(path.dirname(paths.privateKey), { recursive: true, mode: 0o700 });
  await mkdir(path.dirname(paths.publicKey), { recursive: true, mode: 0o700 });
  const changes = await readKeyChanges(paths.log);
  await finishKeyChange(paths.privateKey, logName, changes);
  const pem = (await readTextIfPresent(paths.privateKey)) ?? (await createKey(paths.privateKey));
  const privateKey = createPrivateKey(pem);
  const verifierKey = formatVerifierKey(logName, createPublicKey(privateKey));
  const chain = readKeyChain(changes, verifierKey);
  if (typeof chain === 'string') throw corrupt(logName, `the change of its key ${chain}`);
  if (chain.at(-1)?.text !== verifierKey) throw corrupt(logName, 'its key was replaced by another');
  await expectRegistered(paths.registry, logName, chain);
  await writeFile(paths.publicKey, `${verifierKey}\n`);
  return privateKey;
}

/** Where the next key lies until the old one has signed it. */
export function nextKeyPath(keyPath: string): string {
  return `${keyPath}.next`;
}

/** Makes a key: 0600, and durable. */
export async function createKey(keyPath: string): Promise<string> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  await replaceDurably(keyPath, pem);
  return pem;
}

/** After a crash or a failure between two steps of a change: a key that was signed takes its place, another one goes. */
export async function finishKeyChange(
  keyPath: string,
  logName: string,
  changes: readonly string[],
): Promise<void> {
  const pem = await readTextIfPresent(nextKeyPath(keyPath));
  if (pem === undefined) return;
  const [, , next] = changes.at(-1)?.split('\n') ?? [];
  if (next === formatVerifierKey(logName, createPublicKey(pem))) {
    await rename(nextKeyPath(keyPath), keyPath);
    await syncDirectory(path.dirname(keyPath));
  } else {
    await rm(nextKeyPath(keyPath));
  }
}

/** Enters the log in the registry, once there is something of it to miss. */
export async function registerLog(paths: LogPaths, verifierKey: string): Promise<void> {
  const registry = (await readTextIfPresent(paths.registry)) ?? '';
  const [logName = ''] = verifierKey.split('+', 1);
  if (registry.split('\n').some((line) => line.startsWith(`${logName}+`))) return;
  // One small append, so that gateways that start at the same time do not lose each other's line.
  await appendFile(paths.registry, `${verifierKey}\n`, { mode: 0o600, flush: true });
  await syncDirectory(path.dirname(paths.registry));
}

/** The registry has the key that a log began with; later ones follow from it. */
async function expectRegistered(
  registryPath: string,
  logName: string,
  chain: KeyChain,
): Promise<void> {
  const registry = (await readTextIfPresent(registryPath)) ?? '';
  const registered = registry.split('\n').filter((line) => line.startsWith(`${logName}+`));
  if (registered.every((line) => chain.some(({ text }) => text === line))) return;
  throw corrupt(logName, 'the registry has another key for it');
}

function corrupt(logName: string, reason: string): LedgerError {
  return new LedgerError('ERR_LEDGER_CORRUPT', `Cannot sign log ${logName}: ${reason}`);
}
