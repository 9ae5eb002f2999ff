import type { OpenedReview, ReviewOutcome } from '../access/review-desk.ts';
import type { Decision, ReviewedDecision } from '../policy/decision.ts';
import type { GuardedAction } from './guard.ts';

/** Something that a client tries, as the guard is asked about it. */
export interface GuardedOperation {
  /** Stands for the actions in the decision cache: the same object, the same actions. Default: the operation itself. */
  readonly key?: object;
  readonly actions: readonly GuardedAction[];
  /** For ledger and reviewers: a command, or a line such as `sftp read /srv/reports/may.csv` or `GET /Patient/1`. */
  readonly text: string;
  /** Hex SHA-256 of the bytes, where the text in UTF-8 is not just those. */
  readonly textSha256?: string;
  /** What is sent beside the text, or is hidden in it, such as a body: people see it where they may see every class. */
  readonly values?: readonly Uint8Array[];
  /** For the ledger; nothing of what was asked: that may be personal. */
  readonly detail?: Readonly<Record<string, unknown>>;
  /** For the client, where it is refused: what the gateway could not see. A sentence. */
  readonly remark?: string;
  /** What else its meaning depends on (terminal, environment): an approval is for these values. */
  readonly meaning?: Readonly<Record<string, string>>;
  /** Whoever asks could not be told that it waits: it fails at once, and may be tried again. Default: as the target says. */
  readonly mayWait?: false;
}

/** What became of an operation. `Refusal`: what the client is told, in its protocol; for SSH, lines of text. */
export type Verdict<Refusal = string> =
  /**
   * It is in the ledger and may happen now.
   *
   * `approvedUnder`: the rights (`Guard.rights`) under which people approved it; absent where nobody was asked.
   */
  | { readonly kind: 'allowed'; readonly approvedUnder?: string }
  /** Nothing of it may happen. */
  | { readonly kind: 'refused'; readonly message: Refusal };

/** Whom the verdict is told. */
export interface ClearanceListener<Refusal = string> {
  /** Called once, maybe before `clear` returns; not after `withdraw`. */
  onVerdict(verdict: Verdict<Refusal>): void;
  /** People are asked: the text says whom, where and until when. Default: nobody is told. */
  onWaiting?(message: Refusal): void;
}

/** An operation that may still wait for people or for the ledger. */
export interface PendingClearance {
  /** The client gave up, or is gone. Does nothing once the verdict was told. */
  withdraw(reason: 'cancelled' | 'disconnected'): void;
}

/** Decides an operation, holds it for people where the policies say so, and seals what is allowed. */
export interface OperationClearance<Refusal = string> {
  clear(operation: GuardedOperation, listener: ClearanceListener<Refusal>): PendingClearance;
}

/** Why a decision was not made durable: the ledger takes nothing at present, or never takes that much in one entry. */
export type UnsealedOutcome = 'unsealed' | 'too-long';

/** How a protocol tells its clients what becomes of operations. */
export interface ClearanceWords<Refusal> {
  denied(decision: Extract<Decision, { kind: 'deny' }>, operation: GuardedOperation): Refusal;
  /** People are asked. @param reason What they are told in the client's own words. */
  waiting(decision: ReviewedDecision, review: OpenedReview, reason: string | undefined): Refusal;
  /** What was held does not run after all. */
  notApproved(outcome: Exclude<ReviewOutcome, { kind: 'approved' }>): Refusal;
  /** What was approved is not what would run now. */
  changed(): Refusal;
  /** The decision could not be made durable. */
  unsealed(outcome: UnsealedOutcome): Refusal;
}
