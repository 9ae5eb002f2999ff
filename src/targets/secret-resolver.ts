import { type FileHandle, open } from 'node:fs/promises';

import type { SecretReference } from '../configuration/target-settings.ts';
import { SecretError } from './secret-error.ts';
import type { Vault } from './vault.ts';

/** Where secrets come from. */
export interface SecretSources {
  /** The process's environment, as `bin/` took it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Undefined when the configuration names no vault. */
  readonly vault: Vault | undefined;
}

/** Turns a reference into the secret. */
export type ResolveSecret = (reference: SecretReference) => Promise<Buffer>;

const SECRET_BYTES_MAX = 65_536;

const READABLE_BY_OTHERS = 0o044;
const WRITABLE_BY_OTHERS = 0o022;
const FILE_TYPE = 0o170_000;
const REGULAR_FILE = 0o100_000;

/**
 * Makes a resolver. Secrets are read anew each time, so that a rotated one is used at once.
 *
 * The resolver throws {@link SecretError}.
 */
export function createSecretResolver(sources: SecretSources): ResolveSecret {
  return async (reference) => {
    const secret = await readReference(reference, sources);
    if (secret.length === 0) throw new SecretError(reference, 'is empty');
    return secret;
  };
}

async function readReference(reference: string, sources: SecretSources): Promise<Buffer> {
  const [, scheme, name] = /^(env|file|vault):([^]+)$/.exec(reference) ?? [];
  if (scheme === undefined || name === undefined) {
    // A password in the wrong place must not get into a log.
    throw new SecretError('reference', 'must start with env:, file: or vault:');
  }
  if (scheme === 'env') {
    const value = Object.hasOwn(sources.environment, name) ? sources.environment[name] : undefined;
    if (value === undefined) throw new SecretError(reference, 'is not set in the environment');
    return Buffer.from(value);
  }
  if (scheme === 'file') return readSecretFile(reference, name);
  if (sources.vault === undefined) {
    throw new SecretError(reference, 'there is no vault: set vault.key in sallyport.yaml');
  }
  const secret = await sources.vault.read(name);
  if (secret === undefined) throw new SecretError(reference, 'is not in the vault');
  return secret;
}

/** Checks the file that was opened, not its path: between two looks at a path it can be replaced. */
async function readSecretFile(reference: string, path: string): Promise<Buffer> {
  try {
    await using file = await open(path, 'r');
    await assertPrivate(reference, file);
    const buffer = Buffer.alloc(SECRET_BYTES_MAX + 1);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    if (bytesRead > SECRET_BYTES_MAX) {
      throw new SecretError(reference, `is longer than ${SECRET_BYTES_MAX} bytes`);
    }
    // Editors and `echo` end a file with a line break; no password does.
    const end = buffer
      .subarray(0, bytesRead)
      .toString('latin1')
      .replace(/\r?\n$/, '').length;
    return Buffer.from(buffer.subarray(0, end));
  } catch (error) {
    if (error instanceof SecretError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new SecretError(reference, code === 'ENOENT' ? 'does not exist' : code, { cause: error });
  }
}

async function assertPrivate(reference: string, file: FileHandle): Promise<void> {
  const { mode, uid } = await file.stat();
  if ((mode & FILE_TYPE) !== REGULAR_FILE)
    throw new SecretError(reference, 'is not a regular file');
  const ownUid = process.getuid?.() ?? uid;
  if (uid !== ownUid && uid !== 0) throw new SecretError(reference, 'belongs to another user');
  // What root put there for an unprivileged gateway is a container's mount: readable, and the
  // gateway could not change its mode.
  const forbidden = uid === ownUid ? WRITABLE_BY_OTHERS | READABLE_BY_OTHERS : WRITABLE_BY_OTHERS;
  if ((mode & forbidden) !== 0) {
    throw new SecretError(reference, 'others may read or change it: run chmod 600 on it');
  }
}
