import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { appendFile, mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isMissing } from './checkpoint-file.ts';
import { syncDirectory } from './create-segment.ts';
import { LedgerError } from './ledger-error.ts';
import type { LogPaths } from './ledger-layout.ts';
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
  const pem = (await readText(paths.privateKey)) ?? (await createKey(paths.privateKey));
  const privateKey = createPrivateKey(pem);
  const verifierKey = formatVerifierKey(logName, createPublicKey(privateKey));
  await expectSame(paths.registry, logName, verifierKey);
  await writeFile(paths.publicKey, `${verifierKey}\n`);
  return privateKey;
}

/** Enters the log in the registry, once there is something of it to miss. */
export async function registerLog(paths: LogPaths, verifierKey: string): Promise<void> {
  const registry = (await readText(paths.registry)) ?? '';
  if (registry.split('\n').includes(verifierKey)) return;
  // One small append, so that gateways that start at the same time do not lose each other's line.
  await appendFile(paths.registry, `${verifierKey}\n`, { mode: 0o600, flush: true });
  await syncDirectory(path.dirname(paths.registry));
}

async function expectSame(
  registryPath: string,
  logName: string,
  verifierKey: string,
): Promise<void> {
  const registry = (await readText(registryPath)) ?? '';
  const registered = registry.split('\n').filter((line) => line.startsWith(`${logName}+`));
  if (registered.every((line) => line === verifierKey)) return;
  throw new LedgerError(
    'ERR_LEDGER_CORRUPT',
    `Cannot sign log ${logName}: the registry has another key for it`,
  );
}

async function createKey(keyPath: string): Promise<string> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const unfinishedPath = `${keyPath}.unfinished`;
  await using file = await open(unfinishedPath, 'w', 0o600);
  await file.writeFile(pem);
  await file.sync();
  await rename(unfinishedPath, keyPath);
  await syncDirectory(path.dirname(keyPath));
  return pem;
}

async function readText(filePath: string): Promise<string | undefined> {
  try {
    return await readFile(filePath, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
