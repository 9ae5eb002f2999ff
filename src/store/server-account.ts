import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { StoreError } from './store-error.ts';

/** The operating system's account that the embedded PostgreSQL runs as. */
export interface ServerAccount {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * PostgreSQL refuses to run as root, so root hands it to the first of these that exists. `sallyport`
 * is for installations that want an account of their own; `nobody` exists everywhere.
 */
const ACCOUNTS_FOR_ROOT = ['sallyport', 'postgres', 'nobody'];

/** The account to change to, or undefined when the gateway's own will do. */
export function findServerAccount(passwdFile = '/etc/passwd'): ServerAccount | undefined {
  if (process.geteuid?.() !== 0) return undefined;
  const lines = readFileSync(passwdFile, 'utf8').split('\n');
  for (const wanted of ACCOUNTS_FOR_ROOT) {
    const fields = lines.find((line) => line.startsWith(`${wanted}:`))?.split(':');
    const uid = Number(fields?.[2]);
    const gid = Number(fields?.[3]);
    if (Number.isInteger(uid) && Number.isInteger(gid) && uid > 0) {
      return { name: wanted, uid, gid };
    }
  }
  throw new StoreError(
    'Cannot start the embedded PostgreSQL: it must not run as root, and none of the accounts ' +
      `${ACCOUNTS_FOR_ROOT.join(', ')} exists`,
  );
}

/** Name under which PostgreSQL's peer authentication knows the gateway. */
export function ownAccountName(): string {
  return userInfo().username;
}

/** A program and its arguments, as `spawn` takes them. */
export interface Command {
  readonly path: string;
  readonly args: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * How to run a program as `account`.
 *
 * Below a directory that only root may enter (a checkout in /root) a change of user alone would lock
 * the program out of its own files. There, setpriv(1) leaves it one capability of root's, the one to
 * pass by file permissions. The program is no more powerful than the gateway that starts it.
 */
export function commandAs(
  account: ServerAccount | undefined,
  path: string,
  args: readonly string[],
  directory: string,
): Command {
  if (account === undefined) return { path, args };
  const { uid, gid } = account;
  if (mayEnter(account, path) && mayEnter(account, directory)) return { path, args, uid, gid };
  const setpriv = '/usr/bin/setpriv';
  try {
    accessSync(setpriv, constants.X_OK);
  } catch (cause) {
    throw new StoreError(
      `Cannot start the embedded PostgreSQL: account ${account.name} may not enter ${directory}; ` +
        'choose a data directory such as /var/lib/sallyport, or install util-linux',
      { cause },
    );
  }
  const changes = [
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    '--bounding-set=-all,+dac_override',
    '--inh-caps=-all,+dac_override',
    '--ambient-caps=-all,+dac_override',
  ];
  return { path: setpriv, args: [...changes, '--', path, ...args] };
}

/** Whether every directory above `path` lets the account through. Its own groups are left out. */
function mayEnter({ uid, gid }: ServerAccount, path: string): boolean {
  for (let above = dirname(path); ; above = dirname(above)) {
    const { mode, uid: owner, gid: group } = statSync(above);
    const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (above === dirname(above)) return true;
  }
}
