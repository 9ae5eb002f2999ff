import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Bytes. A sign-in is about 5 KB; nobody has two hundred gateways. */
const FILE_BYTES_MAX = 1024 * 1024;
/** Milliseconds between two looks at a file that another command is changing. */
const LOCK_RETRY_MS = 50;
/** Milliseconds after which whoever held the lock must have died. Longer than any refresh. */
const LOCK_STALE_MS = 60_000;

/** What `sallyport login` leaves behind for one gateway. */
export interface SignIn {
  readonly issuer: string;
  readonly clientId: string;
  /** Scopes asked for, separated by spaces. */
  readonly scope: string;
  /** The token to present to the gateway. */
  readonly token: string;
  readonly tokenKind: 'id-token' | 'access-token';
  /** Milliseconds since the Unix epoch. */
  readonly expiresAtMs: number;
  readonly refreshToken?: string | undefined;
}

export type TokenFileErrorCode =
  | 'ERR_TOKEN_FILE_EXPOSED'
  | 'ERR_TOKEN_FILE_MALFORMED'
  | 'ERR_TOKEN_FILE_UNUSABLE';

/** The file with sign-ins cannot be used. The message says why, and never what is in the file. */
export class TokenFileError extends Error {
  override readonly name = 'TokenFileError';
  readonly code: TokenFileErrorCode;

  constructor(code: TokenFileErrorCode, path: string, reason: string, options?: ErrorOptions) {
    super(`Cannot use ${path}: ${reason}`, options);
    this.code = code;
  }
}

type SignIns = Readonly<Record<string, SignIn>>;

/**
 * Reads the sign-in for a gateway.
 *
 * @throws {TokenFileError} If others can read the file or change its folder, or it is malformed.
 */
export async function findSignIn(path: string, gatewayUrl: string): Promise<SignIn | undefined> {
  const signIns = await readSignIns(path);
  const key = formatKey(gatewayUrl);
  return Object.hasOwn(signIns, key) ? signIns[key] : undefined;
}

/**
 * Changes the sign-in for a gateway: keeps what `change` returns, removes it for `undefined`.
 *
 * One command at a time: of two that find the same token too old, the second sees what the first
 * made of it. A refresh token used twice would end the sign-in. Readers see the old or the new file.
 *
 * @throws {TokenFileError} As {@link findSignIn}, and what `change` throws; then nothing changes.
 */
export async function changeSignIn(
  path: string,
  gatewayUrl: string,
  change: (before: SignIn | undefined) => Promise<SignIn | undefined>,
  signal: AbortSignal,
): Promise<SignIn | undefined> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await assertFolderPrivate(path);
  await using _ = await lock(`${path}.lock`, signal);
  const key = formatKey(gatewayUrl);
  const { [key]: before, ...others } = await readSignIns(path);
  const after = await change(before);
  if (after !== before) {
    await writeSignIns(path, after === undefined ? others : { ...others, [key]: after });
  }
  return after;
}

function formatKey(gatewayUrl: string): string {
  return new URL(gatewayUrl).href;
}

async function readSignIns(path: string): Promise<SignIns> {
  let file: FileHandle;
  try {
    // A link could lead to a file that somebody else keeps changing.
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (isNotFound(error)) return {};
    throw new TokenFileError('ERR_TOKEN_FILE_UNUSABLE', path, describeUnopened(error), {
      cause: error,
    });
  }
  try {
    await assertFolderPrivate(path);
    const { mode, uid, size } = await file.stat();
    if ((mode & 0o077) !== 0 || uid !== process.getuid?.()) {
      throw new TokenFileError(
        'ERR_TOKEN_FILE_EXPOSED',
        path,
        'others can read it, so its tokens may be stolen; delete it and run sallyport login',
      );
    }
    if (size > FILE_BYTES_MAX) {
      throw new TokenFileError(
        'ERR_TOKEN_FILE_MALFORMED',
        path,
        `it exceeds ${FILE_BYTES_MAX} bytes`,
      );
    }
    return parseSignIns(await file.readFile('utf8'), path);
  } finally {
    await file.close();
  }
}

function describeUnopened(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  if (code === 'EACCES') {
    return 'this account may not read it; give it back to its owner, or delete it and run sallyport login';
  }
  if (code === 'ELOOP')
    return 'it is a link, and must be a file; delete it and run sallyport login';
  return `it cannot be opened (${code})`;
}

/** Whoever can change the folder can put another file in place of ours. */
async function assertFolderPrivate(path: string): Promise<void> {
  const { mode, uid } = await stat(dirname(path));
  if ((mode & 0o022) === 0 && (uid === process.getuid?.() || uid === 0)) return;
  throw new TokenFileError(
    'ERR_TOKEN_FILE_EXPOSED',
    path,
    'others can change its folder; run chmod go-w on it',
  );
}

function parseSignIns(text: string, path: string): SignIns {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    // The error of JSON.parse quotes the text, which holds tokens.
    document = undefined;
  }
  const signIns = isRecord(document) && document['version'] === 1 ? document['signIns'] : undefined;
  if (!isRecord(signIns) || !Object.values(signIns).every(isSignIn)) {
    throw new TokenFileError(
      'ERR_TOKEN_FILE_MALFORMED',
      path,
      'it is malformed; delete it and run sallyport login',
    );
  }
  return signIns as SignIns;
}

function isSignIn(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { tokenKind, expiresAtMs, refreshToken } = value;
  return (
    ['issuer', 'clientId', 'scope', 'token'].every((name) => typeof value[name] === 'string') &&
    (tokenKind === 'id-token' || tokenKind === 'access-token') &&
    Number.isFinite(expiresAtMs) &&
    (refreshToken === undefined || typeof refreshToken === 'string')
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function writeSignIns(path: string, signIns: SignIns): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    try {
      await file.writeFile(`${JSON.stringify({ version: 1, signIns }, undefined, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** Holds a lock file until disposed. One that its owner left behind is taken over after a minute. */
async function lock(path: string, signal: AbortSignal): Promise<AsyncDisposable> {
  for (;;) {
    signal.throwIfAborted();
    try {
      await (await open(path, 'wx', 0o600)).close();
      return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    if (await isStale(path)) await rm(path, { force: true });
    else await delay(LOCK_RETRY_MS, undefined, { signal });
  }
}

async function isStale(lockPath: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(lockPath);
    return Date.now() - mtimeMs > LOCK_STALE_MS;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
