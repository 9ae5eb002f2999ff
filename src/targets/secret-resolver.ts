import { type FileHandle, open } from 'node:fs/promises';
import { parseSourceReference } from '../configuration/secret-reference.ts';
import type { SecretReference } from '../configuration/target-settings.ts';
import { SecretError } from './secret-error.ts';
import type { SecretSources } from './secrets/secret-sources.ts';
import type { SecretUse } from './secrets/secret-use.ts';
import { selectField } from './secrets/select-field.ts';
import { SourceError } from './secrets/source-error.ts';
import type { Vault } from './vault.ts';

/** Where secrets come from. */
export interface SecretPlaces {
  /** The process's environment, as `bin/` took it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Undefined when the configuration names no vault. */
  readonly vault: Vault | undefined;
  /** Undefined for what opens the vault, and asks the sources themselves. */
  readonly sources?: SecretSources | undefined;
}

/**
 * Turns a reference into the secret.
 *
 * @param use For which what was leased has to live; without one it is only sure to be valid now.
 * @throws {SecretError}
 */
export type ResolveSecret = (reference: SecretReference, use?: SecretUse) => Promise<Buffer>;

const SECRET_BYTES_MAX = 65_536;

const READABLE_BY_OTHERS = 0o044;
const WRITABLE_BY_OTHERS = 0o022;
const FILE_TYPE = 0o170_000;
const REGULAR_FILE = 0o100_000;

/**
 * Makes a resolver. What is on this machine is read anew each time, so that a rotated secret is used at once; what
 * sources gave is kept for as long as they say.
 *
 * The resolver throws {@link SecretError}.
 */
export function createSecretResolver(places: SecretPlaces): ResolveSecret {
  return async (reference, use) => {
    const secret =
      (await readLocal(reference, places)) ?? (await readSource(reference, places, use));
    if (secret === undefined) {
      // A password in the wrong place must not get into a log.
      throw new SecretError('reference', 'must start with env:, file: or vault:, or name a source');
    }
    if (secret.length === 0) throw new SecretError(reference, 'is empty');
    return secret;
  };
}

/** Undefined: it is no reference to something on this machine. */
async function readLocal(reference: string, places: SecretPlaces): Promise<Buffer | undefined> {
  const [, scheme, name] = /^(env|file|vault):([^]+)$/.exec(reference) ?? [];
  if (scheme === undefined || name === undefined) return undefined;
  if (scheme === 'env') {
    const value = Object.hasOwn(places.environment, name) ? places.environment[name] : undefined;
    if (value === undefined) throw new SecretError(reference, 'is not set in the environment');
    return Buffer.from(value);
  }
  if (scheme === 'file') return readSecretFile(reference, name);
  if (places.vault === undefined) {
    throw new SecretError(reference, 'there is no vault: set vault.key in sallyport.yaml');
  }
  const secret = await places.vault.read(name);
  if (secret === undefined) throw new SecretError(reference, 'is not in the vault');
  return secret;
}

/** Undefined: there is no such source. */
async function readSource(
  reference: string,
  { sources }: SecretPlaces,
  use: SecretUse | undefined,
): Promise<Buffer | undefined> {
  const parsed = parseSourceReference(reference);
  if (parsed === undefined || sources === undefined) return undefined;
  try {
    const secret = await sources.read(parsed, (content) => selectField(content, parsed.field), use);
    if (typeof secret === 'string') throw new SecretError(reference, secret);
    if (secret !== undefined && secret.length > SECRET_BYTES_MAX) {
      throw new SecretError(reference, `is longer than ${SECRET_BYTES_MAX} bytes`);
    }
    return secret;
  } catch (error) {
    if (error instanceof SourceError) throw new SecretError(reference, error.reason);
    throw error;
  }
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
