import type { GuardedAction } from '../../guard.ts';
import type { GuardedOperation } from '../../operation-clearance.ts';
import type { ChannelContext } from '../channel-handler.ts';

/** What can be done with a path. */
export type FileVerb =
  | 'read'
  | 'write'
  | 'list'
  | 'stat'
  | 'remove'
  | 'rename'
  | 'mkdir'
  | 'rmdir'
  | 'link'
  | 'setstat';

/** Something that a client tries with files. Paths as the target resolves them. */
export interface FileOperation {
  /** More than one where a file is opened for both. */
  readonly verbs: readonly FileVerb[];
  readonly path: string;
  /** Of a rename or a link: the name that will be there. */
  readonly newPath?: string;
  /** Said beforehand. */
  readonly bytes?: number;
  /** Number of the file that is opened, in its channel. */
  readonly file?: number;
}

/** By what a file goes by. */
export type FileRoute = 'sftp' | 'scp' | 'rsync';

/** Decisions remembered in one channel. */
const KEYS_MAX = 512;

/** Puts file operations into the words of policies and ledger. */
export class FileOperations {
  readonly #channel: Pick<ChannelContext, 'account' | 'channel'>;
  readonly #via: FileRoute;
  readonly #keys = new Map<string, object>();

  constructor(channel: Pick<ChannelContext, 'account' | 'channel'>, via: FileRoute) {
    this.#channel = channel;
    this.#via = via;
  }

  describe(operation: FileOperation): GuardedOperation {
    const { verbs, path, newPath, bytes, file } = operation;
    const names = newPath === undefined ? [path] : [path, newPath];
    return {
      key: this.#keyOf(JSON.stringify([verbs, path, newPath, bytes])),
      actions: this.actions(operation),
      text: [this.#via, ...verbs, ...names.map(quote)].join(' '),
      ...(file !== undefined && { detail: { channel: this.#channel.channel, file } }),
    };
  }

  actions({ verbs, path, newPath = '', bytes = -1 }: FileOperation): readonly GuardedAction[] {
    const facts = {
      account: this.#channel.account,
      protocol: 'ssh',
      path,
      newPath,
      via: this.#via,
      bytes,
    };
    return verbs.map((verb) => ({ action: `ssh.sftp.${verb}`, facts }));
  }

  #keyOf(text: string): object {
    let key = this.#keys.get(text);
    if (key === undefined) {
      key = {};
      if (this.#keys.size === KEYS_MAX) this.#keys.clear();
      this.#keys.set(text, key);
    }
    return key;
  }
}

/** A path in a line of text: as it is, unless that could be misread. */
function quote(path: string): string {
  return /^[\p{L}\p{N}/._+@:,=-]+$/u.test(path) ? path : JSON.stringify(path);
}
