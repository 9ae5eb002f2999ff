import { isUtf8 } from 'node:buffer';
import { posix } from 'node:path';
import { isSymbolicLink } from '../../../wire/sftp/attributes.ts';
import { StatusCode } from '../../../wire/sftp/packet-type.ts';
import type { Response } from '../../../wire/sftp/responses.ts';
import type { SftpTarget } from './sftp-target.ts';

/** Longest path of Linux (`PATH_MAX`). */
const PATH_BYTES_MAX = 4096;
/** A link that every Linux has, and that leads elsewhere for every process. */
const KNOWN_LINK = '/proc/self';
/** A file that is being written to changes between two questions. */
const ATTEMPTS_MAX = 5;

/** A path as the target's own server resolves it, or what the client is answered. */
export type ResolvedPath =
  | { readonly kind: 'path'; readonly path: string }
  /** The server says that it leads nowhere: its text, put in order. What the server says is for those who may ask. */
  | { readonly kind: 'nowhere'; readonly path: string; readonly response: Response }
  | { readonly kind: 'answer'; readonly response: Response };

/** The paths of a target as its own server of SFTP resolves them. */
export class HostPaths {
  readonly #target: SftpTarget;
  #followsLinks: Promise<boolean> | undefined;

  constructor(target: SftpTarget) {
    this.#target = target;
  }

  /**
   * Finds out where a path leads.
   *
   * @param last `follow`: through a symbolic link at the end, as opening does. `keep`: to the name itself, as removing does.
   */
  async resolve(bytes: Buffer, last: 'follow' | 'keep'): Promise<ResolvedPath> {
    if (!isUtf8(bytes) || bytes.includes(0) || bytes.length > PATH_BYTES_MAX) {
      return answer('a path must be UTF-8 without zero bytes, and not too long');
    }
    const path = bytes.toString('utf8');
    const name = posix.basename(path);
    const isName = !path.endsWith('/') && name !== '' && name !== '.' && name !== '..';
    if (last === 'follow' || !isName) return this.#askServer(path);
    const parent = await this.#askServer(posix.dirname(path));
    return parent.kind === 'answer' ? parent : { ...parent, path: posix.join(parent.path, name) };
  }

  /**
   * Whether a handle is still that of the path it was opened by: nothing on the way became a symbolic link, and what the name
   * stands for is like what was opened. Version 3 of the protocol cannot ask for more: a link that is put in the way of OPEN
   * and taken away before these questions, and that leads to a file of the same owner, permissions, size and time, goes unseen.
   *
   * @param handle Undefined for a directory, which has no FSTAT.
   */
  async isStillAt(path: string, handle: Buffer | undefined): Promise<boolean> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      const [resolved, named, opened] = await Promise.all([
        this.#askServer(path),
        this.#target.ask({ kind: 'lstat', path: Buffer.from(path) }),
        handle && this.#target.ask({ kind: 'fstat', handle }),
      ]);
      if (resolved.kind !== 'path' || resolved.path !== path) return false;
      if (named.kind !== 'attributes' || isSymbolicLink(named.attributes)) return false;
      if (opened === undefined) return true;
      if (opened.kind !== 'attributes') return false;
      if (JSON.stringify(named.attributes) === JSON.stringify(opened.attributes)) return true;
    }
    return false;
  }

  async #askServer(path: string): Promise<ResolvedPath> {
    const resolved = await this.#askRealPath(path);
    if (typeof resolved !== 'string') {
      const start = await this.#askRealPath('.');
      const home = typeof start === 'string' && isCanonical(start) ? start : '/';
      return { kind: 'nowhere', path: posix.resolve(home, path), response: resolved };
    }
    if (!isCanonical(resolved)) return answer('the server does not say where the path leads');
    this.#followsLinks ??= this.#askKnownLink();
    if (!(await this.#followsLinks) && (await this.#crossesLink(resolved))) {
      return answer('the server does not say where a symbolic link on the way leads');
    }
    return { kind: 'path', path: resolved };
  }

  async #askRealPath(path: string): Promise<string | Response> {
    const response = await this.#target.ask({ kind: 'realpath', path: Buffer.from(path) });
    const name = response.kind === 'name' ? response.entries[0]?.name : undefined;
    if (name === undefined) return response;
    return isUtf8(name) ? name.toString('utf8') : '';
  }

  /** OpenSSH's server follows symbolic links in REALPATH; others put dots in order, and nothing else. */
  async #askKnownLink(): Promise<boolean> {
    const resolved = await this.#askRealPath(KNOWN_LINK);
    return typeof resolved === 'string' && resolved !== KNOWN_LINK && isCanonical(resolved);
  }

  async #crossesLink(path: string): Promise<boolean> {
    const names = path.split('/').slice(1);
    const answers = await Promise.all(
      names.map((_, index) => {
        const part = `/${names.slice(0, index + 1).join('/')}`;
        return this.#target.ask({ kind: 'lstat', path: Buffer.from(part) });
      }),
    );
    return answers.some((found) => found.kind === 'attributes' && isSymbolicLink(found.attributes));
  }
}

function isCanonical(path: string): boolean {
  return path.startsWith('/') && !path.includes('\0') && posix.resolve(path) === path;
}

function answer(message: string): ResolvedPath {
  return { kind: 'answer', response: { kind: 'status', code: StatusCode.failure, message } };
}
