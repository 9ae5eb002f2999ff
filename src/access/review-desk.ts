import type { ReviewedDecision } from '../policy/decision.ts';
import type { HeldOperation, OnReview, Requester, WithdrawReason } from './access-request.ts';
import type { Identified } from './person.ts';

/** An operation that needs a review, and what its approval is bound to. */
export interface ReviewQuestion {
  readonly requester: Requester;
  readonly target: string;
  readonly database: string;
  /** Absent where there is none. */
  readonly account?: string;
  readonly sessionId: string;
  /** Who typed it beside the requester: their verdicts do not count. Absent where nobody did. */
  readonly guests?: readonly Identified[];
  readonly onReview: OnReview;
  readonly decision: ReviewedDecision;
  readonly policyVersion: string;
  /** In the requester's words. */
  readonly justification: string | undefined;
  readonly operation: HeldOperation;
  /** Hex; see `operation-digest.ts`. */
  readonly digest: string;
  /**
   * Asked right before the operation may run: does what the approval was given for still hold?
   * Undefined if so.
   */
  readonly findChange: () => WithdrawReason | undefined;
}

/** Where sessions take operations that need a review. One in each process. */
export interface ReviewDesk {
  /**
   * Opens a request, or finds the one that the same principal has for the same operation with
   * `onReview: fail`. Returns at once.
   *
   * @param listener Called exactly once, never before `open` returns.
   */
  open(question: ReviewQuestion, listener: (outcome: ReviewOutcome) => void): OpenedReview;
}

/** A request that an operation waits for. */
export interface OpenedReview {
  /** Undefined with `onReview: fail`: the outcome names it. */
  readonly id: string | undefined;
  readonly onReview: OnReview;
  /** Where reviewers find it, if the console's address is configured. */
  readonly url: string | undefined;
  readonly expiresAtMs: number;
  /**
   * Gives up. The listener is called with `withdrawn` unless another outcome came first: then that one
   * is, or was, told.
   */
  withdraw(reason: WithdrawReason): void;
}

/** What became of an operation that needed a review. Anything but `approved` must not run. */
export type ReviewOutcome =
  | {
      /** It may run, now and once: the approval is used up. */
      readonly kind: 'approved';
      readonly requestId: string;
      readonly reviewers: readonly string[];
      readonly policyVersion: string;
    }
  | {
      /** With `onReview: fail`: it waits; the same operation may be tried again once it is approved. */
      readonly kind: 'filed';
      readonly requestId: string;
      readonly url: string | undefined;
      readonly expiresAtMs: number;
    }
  | {
      readonly kind: 'rejected';
      readonly requestId: string;
      readonly reviewer: { readonly id: string; readonly name: string };
      readonly comment: string;
    }
  | { readonly kind: 'expired'; readonly requestId: string }
  | {
      readonly kind: 'withdrawn';
      readonly requestId: string;
      readonly reason: WithdrawReason;
    }
  | {
      /** Too many requests of the principal wait already; nothing was opened. */
      readonly kind: 'too-many';
      readonly waitingMax: number;
    }
  /** It is too long to be shown to anybody whole; nothing was opened. */
  | { readonly kind: 'too-large'; readonly bytesMax: number }
  /** The store or the ledger does not take it. */
  | { readonly kind: 'unavailable' };
