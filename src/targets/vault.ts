import {
  createCipheriv,
  createDecipheriv,
  createHash,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The vault's file or key is not usable. */
export class VaultError extends Error {
  override readonly name = 'VaultError';
  readonly code = 'ERR_VAULT';
  readonly reason: string;

  constructor(reason: string, options?: ErrorOptions) {
    super(`Cannot open vault: ${reason}`, options);
    this.reason = reason;
  }
}

/** A secret's name and when it was last set. */
export interface VaultEntry {
  readonly name: string;
  /** Counts up with each `set` of this name. */
  readonly version: number;
}

const FORMAT = 'sallyport-vault-1';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const NAME = /^[a-z0-9][a-z0-9._-]{0,127}$/;
const SECRET_BYTES_MAX = 65_536;
const FILE_BYTES_MAX = 2 ** 26;

interface SealedSecret {
  readonly version: number;
  /** Nonce, ciphertext and tag in base64. */
  readonly sealed: string;
}

/**
 * Secrets in one encrypted file: AES-256-GCM, each secret with its own random 96-bit nonce and with
 * its name and version as associated data, so that entries cannot be exchanged or turned back singly.
 * A seal over all names and versions shows entries that were removed or brought back.
 *
 * Nothing shows a whole file that was replaced by an older one: whoever can do that can write here.
 * Every call reads the file anew, so a running gateway sees what `sallyport secret set` wrote.
 */
export class Vault {
  readonly #path: string;
  readonly #key: Buffer;

  /**
   * @param key 32 bytes, from `parseVaultKey`.
   */
  constructor(path: string, key: Buffer) {
    if (key.length !== KEY_BYTES) throw new VaultError(`its key must have ${KEY_BYTES} bytes`);
    this.#path = path;
    this.#key = Buffer.from(key);
  }

  /** @throws {VaultError} If the file was changed by others or belongs to another key. */
  async read(name: string): Promise<Buffer | undefined> {
    const entry = (await this.#load()).get(name);
    return entry === undefined ? undefined : this.#unseal(name, entry);
  }

  /** Names in order. @throws {VaultError} As `read`. */
  async list(): Promise<readonly VaultEntry[]> {
    const entries = await this.#load();
    return [...entries].map(([name, { version }]) => ({ name, version }));
  }

  /** Adds or replaces a secret. @throws {VaultError} As `read`, or if it cannot be written. */
  async set(name: string, secret: Buffer): Promise<void> {
    if (!NAME.test(name)) {
      throw new VaultError('a name must be lower-case letters, digits, dots, dashes, underscores');
    }
    if (secret.length === 0 || secret.length > SECRET_BYTES_MAX) {
      throw new VaultError(`a secret must have 1 to ${SECRET_BYTES_MAX} bytes`);
    }
    await this.#update((entries) => {
      const version = (entries.get(name)?.version ?? 0) + 1;
      const sealed = this.#encrypt(secret, describeEntry(name, version));
      entries.set(name, { version, sealed });
      return true;
    });
  }

  /** False if there was none of that name. @throws {VaultError} As `set`. */
  remove(name: string): Promise<boolean> {
    return this.#update((entries) => entries.delete(name));
  }

  async #update(change: (entries: Map<string, SealedSecret>) => boolean): Promise<boolean> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    // Two commands at once would each write what they had read: one secret would be lost.
    const lockPath = `${this.#path}.lock`;
    const lock = await open(lockPath, 'wx', 0o600).catch((error: unknown) => {
      const reason = `another command is changing it; if none is, remove ${lockPath}`;
      throw new VaultError(reason, { cause: error });
    });
    try {
      const entries = await this.#load();
      const changed = change(entries);
      if (changed) await this.#write(entries);
      return changed;
    } finally {
      await lock.close();
      await rm(lockPath, { force: true });
    }
  }

  async #load(): Promise<Map<string, SealedSecret>> {
    let text: string;
    try {
      const bytes = await readFile(this.#path);
      if (bytes.length > FILE_BYTES_MAX) throw new VaultError('its file is too large');
      text = bytes.toString('utf8');
    } catch (error) {
      if (error instanceof VaultError) throw error;
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Map();
      throw new VaultError('its file cannot be read', { cause: error });
    }
    const file = parseVaultFile(text);
    if (file.keyCheck !== this.#keyCheck()) {
      throw new VaultError('its key is not the one that it was written with');
    }
    const seal = this.#decrypt(file.seal, FORMAT);
    const expected = digestEntries(file.secrets);
    if (seal.length !== expected.length || !timingSafeEqual(seal, expected)) {
      throw new VaultError('entries were removed, added or brought back by others');
    }
    return file.secrets;
  }

  async #write(entries: ReadonlyMap<string, SealedSecret>): Promise<void> {
    const secrets = new Map([...entries].toSorted(([a], [b]) => (a < b ? -1 : 1)));
    const text = JSON.stringify(
      {
        format: FORMAT,
        keyCheck: this.#keyCheck(),
        seal: this.#encrypt(digestEntries(secrets), FORMAT),
        secrets: Object.fromEntries(secrets),
      },
      undefined,
      2,
    );
    const draft = `${this.#path}.${randomBytes(6).toString('hex')}.new`;
    try {
      {
        await using file = await open(draft, 'wx', 0o600);
        await file.writeFile(`${text}\n`);
        await file.sync();
      }
      await rename(draft, this.#path);
      // The rename itself is on disk only when the directory is.
      await using directory = await open(dirname(this.#path), 'r');
      await directory.sync();
    } catch (error) {
      await rm(draft, { force: true });
      throw new VaultError('its file cannot be written', { cause: error });
    }
  }

  #unseal(name: string, { version, sealed }: SealedSecret): Buffer {
    return this.#decrypt(sealed, describeEntry(name, version));
  }

  #encrypt(content: Buffer, context: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce);
    cipher.setAAD(Buffer.from(context));
    const parts = [nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()];
    return Buffer.concat(parts).toString('base64');
  }

  #decrypt(sealed: string, context: string): Buffer {
    const bytes = Buffer.from(sealed, 'base64');
    if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new VaultError('an entry was cut short');
    const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      const content = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
      return Buffer.concat([content, decipher.final()]);
    } catch (error) {
      throw new VaultError('an entry was changed by others', { cause: error });
    }
  }

  /** Tells a wrong key from a changed file. A hash of 256 random bits gives nothing away. */
  #keyCheck(): string {
    return createHash('sha256').update(`${FORMAT} key check\0`).update(this.#key).digest('hex');
  }
}

/**
 * Reads a key: 32 bytes in base64 (44 characters) or hexadecimal (64), or raw.
 *
 * @throws {VaultError} If it is anything else.
 */
export function parseVaultKey(secret: Buffer): Buffer {
  if (secret.length === KEY_BYTES) return Buffer.from(secret);
  const text = secret.toString('latin1').trim();
  if (/^[0-9A-Fa-f]{64}$/.test(text)) return Buffer.from(text, 'hex');
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return Buffer.from(text, 'base64');
  throw new VaultError(`its key must be ${KEY_BYTES} bytes in base64 or hexadecimal`);
}

interface VaultFile {
  readonly keyCheck: string;
  readonly seal: string;
  readonly secrets: Map<string, SealedSecret>;
}

function parseVaultFile(text: string): VaultFile {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new VaultError('its file is damaged', { cause: error });
  }
  if (!isRecord(content) || content['format'] !== FORMAT || !isRecord(content['secrets'])) {
    throw new VaultError('its file is damaged, or written by another version');
  }
  const { keyCheck, seal } = content;
  if (typeof keyCheck !== 'string' || typeof seal !== 'string') {
    throw new VaultError('its file is damaged');
  }
  const secrets = new Map<string, SealedSecret>();
  for (const [name, entry] of Object.entries(content['secrets'])) {
    if (!isRecord(entry)) throw new VaultError('an entry is damaged');
    const { version, sealed } = entry;
    if (typeof version !== 'number' || typeof sealed !== 'string' || !NAME.test(name)) {
      throw new VaultError('an entry is damaged');
    }
    secrets.set(name, { version, sealed });
  }
  return { keyCheck, seal, secrets };
}

function describeEntry(name: string, version: number): string {
  return JSON.stringify([FORMAT, name, version]);
}

/** Covers the ciphertexts, so a single entry cannot be turned back to an older one. */
function digestEntries(entries: ReadonlyMap<string, SealedSecret>): Buffer {
  const content = [...entries].map(([name, { version, sealed }]) => [name, version, sealed]);
  const sorted = content.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest();
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
