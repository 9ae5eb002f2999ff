import { isUtf8 } from 'node:buffer';
import { posix } from 'node:path';
import { isSymbolicLink } from '../../../wire/sftp/attributes.ts';
import { StatusCode } from '../../../wire/sftp/packet-type.ts';
import type { Response } from '../../../wire/sftp/responses.ts';
import type { SftpTarget } from './sftp-target.ts';

/** Longest path of Linux (`PATH_MAX`). */
const PATH_BYTES_MAX = 4096;

/** A path as the target's own server resolves it, or what the client is answered. */
export type ResolvedPath =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'answer'; readonly response: Response };

/**
 * Finds out where a path leads on the target.
 *
 * @param last `follow`: through a symbolic link at the end, as opening does. `keep`: to the name itself, as removing does.
 */
export async function resolvePath(
  target: SftpTarget,
  bytes: Buffer,
  last: 'follow' | 'keep',
): Promise<ResolvedPath> {
  if (!isUtf8(bytes) || bytes.includes(0) || bytes.length > PATH_BYTES_MAX) {
    return answer(StatusCode.failure, 'a path must be UTF-8 without zero bytes, and not too long');
  }
  const path = bytes.toString('utf8');
  const name = posix.basename(path);
  const isName = !path.endsWith('/') && name !== '' && name !== '.' && name !== '..';
  if (last === 'follow' || !isName) return askServer(target, path);
  const parent = await askServer(target, posix.dirname(path));
  if (parent.kind === 'answer') return parent;
  return { kind: 'path', path: posix.join(parent.path, name) };
}

async function askServer(target: SftpTarget, path: string): Promise<ResolvedPath> {
  const response = await target.ask({ kind: 'realpath', path: Buffer.from(path) });
  if (response.kind === 'status') return { kind: 'answer', response };
  const name = response.kind === 'name' ? response.entries[0]?.name : undefined;
  if (name === undefined || !isUtf8(name)) {
    return answer(StatusCode.failure, 'the path leads to a name that is not UTF-8');
  }
  const resolved = name.toString('utf8');
  if (!isCanonical(resolved)) {
    return answer(StatusCode.failure, 'the server does not say where the path leads');
  }
  return { kind: 'path', path: resolved };
}

function isCanonical(path: string): boolean {
  return path.startsWith('/') && !path.includes('\0') && posix.normalize(path) === path;
}

/**
 * Whether a handle is still that of the path it was opened by: nothing on the way became a symbolic link, and what the name
 * stands for is like what was opened. Version 3 of the protocol cannot ask for more: a link that is put in the way of OPEN
 * and taken away before these questions, and that leads to a file of the same owner, permissions, size and time, goes unseen.
 *
 * @param handle Undefined for a directory, which has no FSTAT.
 */
export async function isStillAt(
  target: SftpTarget,
  path: string,
  handle: Buffer | undefined,
): Promise<boolean> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const bytes = Buffer.from(path);
    const [resolved, named, opened] = await Promise.all([
      askServer(target, path),
      target.ask({ kind: 'lstat', path: bytes }),
      handle && target.ask({ kind: 'fstat', handle }),
    ]);
    if (resolved.kind !== 'path' || resolved.path !== path) return false;
    if (named.kind !== 'attributes' || isSymbolicLink(named.attributes)) return false;
    if (opened === undefined) return true;
    if (opened.kind !== 'attributes') return false;
    if (JSON.stringify(named.attributes) === JSON.stringify(opened.attributes)) return true;
  }
  return false;
}

/** A file that is being written to changes between two questions. */
const ATTEMPTS_MAX = 5;

function answer(code: number, message: string): ResolvedPath {
  return { kind: 'answer', response: { kind: 'status', code, message } };
}
