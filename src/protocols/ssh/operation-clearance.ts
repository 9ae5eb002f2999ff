import type { GuardedAction } from '../guard.ts';

/** Something that a client tries in a channel, as the guard is asked about it. */
export interface SshOperation {
  /** Stands for the actions in the decision cache: the same object, the same actions. Default: the operation itself. */
  readonly key?: object;
  readonly actions: readonly GuardedAction[];
  /** For ledger and reviewers: the command, or a line such as `sftp read /srv/reports/may.csv`. */
  readonly text: string;
  /** Hex SHA-256 of the bytes, where the text in UTF-8 is not just those. */
  readonly textSha256?: string;
  /** For the ledger; nothing of what was asked: that may be personal. */
  readonly detail?: Readonly<Record<string, unknown>>;
  /** For the client, where it is refused: what the gateway could not see. A sentence. */
  readonly remark?: string;
  /** What else its meaning depends on (terminal, environment): an approval is for these values. */
  readonly meaning?: Readonly<Record<string, string>>;
}

/** What became of an operation. */
export type Verdict =
  /** It is in the ledger and may happen now. */
  | { readonly kind: 'allowed' }
  /** Nothing of it may happen. */
  | {
      readonly kind: 'refused';
      /** For the client: lines without control characters, the last one without a line break. */
      readonly message: string;
    };

/** Whom the verdict is told. */
export interface ClearanceListener {
  /** Called once, maybe before `clear` returns; not after `withdraw`. */
  onVerdict(verdict: Verdict): void;
  /** People are asked: the text says whom, where and until when. Default: nobody is told. */
  onWaiting?(message: string): void;
}

/** An operation that may still wait for people or for the ledger. */
export interface PendingClearance {
  /** The client gave up, or is gone. Does nothing once the verdict was told. */
  withdraw(reason: 'cancelled' | 'disconnected'): void;
}

/** Decides an operation, holds it for people where the policies say so, and seals what is allowed. */
export interface OperationClearance {
  clear(operation: SshOperation, listener: ClearanceListener): PendingClearance;
}
