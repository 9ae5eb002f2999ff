import { randomBytes } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { createDurably, hasCode, readIfPresent } from './durable-file.ts';
import { EncryptionError } from './encryption-error.ts';
import { LocalMasterKey } from './local-master-key.ts';
import { KEY_BYTES } from './wrap-key.ts';

/** Where the master key lies when the configuration names none. */
export function masterKeyPath(dataDirectory: string): string {
  return path.join(dataDirectory, 'keys', 'master.key');
}

/**
 * The master key that the gateway made for itself, and makes at its first start. Who copies the data
 * directory copies it too: name another place for it where that matters.
 *
 * @throws {EncryptionError} `ERR_KEY_REFUSED` if the file is not a key, `ERR_KEY_UNAVAILABLE` if it is gone although
 *   there are keys that it wrapped.
 */
export async function readOwnMasterKey(dataDirectory: string): Promise<LocalMasterKey> {
  const keyPath = masterKeyPath(dataDirectory);
  let key = await readIfPresent(keyPath);
  if (key === undefined) {
    await expectFirstStart(dataDirectory, keyPath);
    await mkdir(path.dirname(keyPath), { recursive: true, mode: 0o700 });
    // If another process made one meanwhile, that one is everybody's.
    await createDurably(keyPath, `${randomBytes(KEY_BYTES).toString('hex')}\n`);
    key = await readIfPresent(keyPath);
  }
  return new LocalMasterKey(parseMasterKey(key ?? Buffer.alloc(0), keyPath), keyPath);
}

/** As `readOwnMasterKey`, for who only reads: never makes one. */
export async function findOwnMasterKey(dataDirectory: string): Promise<LocalMasterKey | undefined> {
  const keyPath = masterKeyPath(dataDirectory);
  const key = await readIfPresent(keyPath);
  return key && new LocalMasterKey(parseMasterKey(key, keyPath), keyPath);
}

/** As `findOwnMasterKey`. @throws {EncryptionError} `ERR_KEY_UNAVAILABLE` if there is none. */
export async function getOwnMasterKey(dataDirectory: string): Promise<LocalMasterKey> {
  const key = await findOwnMasterKey(dataDirectory);
  if (key !== undefined) return key;
  const keyPath = masterKeyPath(dataDirectory);
  throw new EncryptionError(
    'ERR_KEY_UNAVAILABLE',
    `Cannot read master key: there is no ${keyPath}; the gateway makes it at its first start`,
  );
}

/** A new key in the place of a lost one would hide that nothing of what was kept can be read any more. */
async function expectFirstStart(dataDirectory: string, keyPath: string): Promise<void> {
  try {
    await readdir(path.join(dataDirectory, 'keys', 'days'));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  throw new EncryptionError(
    'ERR_KEY_UNAVAILABLE',
    `Cannot read master key: ${keyPath} is gone, but there are keys that it wrapped`,
  );
}

/**
 * A master key as it is kept: 32 bytes, or 64 hex digits, or base64.
 *
 * @param source Where it was read, for the message.
 * @throws {EncryptionError} `ERR_KEY_REFUSED`.
 */
export function parseMasterKey(secret: Buffer, source: string): Buffer {
  if (secret.length === KEY_BYTES) return Buffer.from(secret);
  const text = secret.toString('latin1').trim();
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  if (/^[a-z0-9+/_-]{43}=?$/i.test(text)) return Buffer.from(text, 'base64');
  throw new EncryptionError(
    'ERR_KEY_REFUSED',
    `Cannot read master key from ${source}: not 32 bytes in hex or base64`,
  );
}
