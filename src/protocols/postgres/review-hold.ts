import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { OpenedReview, ReviewOutcome } from '../../access/review-desk.ts';
import type { ReviewedDecision } from '../../policy/decision.ts';
import type { ErrorFields } from '../../wire/postgres/error-response.ts';
import type { NoticeFields } from '../../wire/postgres/notice-response.ts';
import type { Guard, OperationToReview } from '../guard.ts';
import { listReviewers } from '../review-words.ts';
import { CANCELLED, phraseFailure, phraseOutcome, phraseWaiting } from './review-notice.ts';

/** What lets an operation run that needed a review: once, as it was, while nothing about it changes. */
export interface Approval {
  readonly requestId: string;
  /** Ids of the principals who approved. */
  readonly reviewers: readonly string[];
  readonly decision: ReviewedDecision;
  /** The rights of the principal under which it was approved; see `Guard.rights`. */
  readonly rights: string;
  /** What was approved; see `bindingOf`. */
  readonly binding: string;
}

/** What became of an operation that was held. */
export type HoldVerdict =
  | { readonly kind: 'approved'; readonly approval: Approval }
  | {
      readonly kind: 'refused';
      readonly error: ErrorFields;
      /** For the ledger: the request, and how it ended. */
      readonly detail: Readonly<Record<string, unknown>>;
    };

export interface ReviewHoldParts {
  readonly guard: Pick<Guard, 'hold' | 'rights'>;
  /** Has the message at hand offered again once the promise is settled. */
  readonly waitFor: (settled: Promise<void>) => 'later';
  /** Tells the client something between two messages of the server. */
  readonly notify: (notice: NoticeFields) => void;
}

/** An operation that people were, or are about to be, asked about. */
interface Asked {
  readonly binding: string;
  readonly rights: string;
  readonly decision: ReviewedDecision;
  opened: OpenedReview | undefined;
  outcome: ReviewOutcome | undefined;
  /** Why nothing may come of it, whatever people say. */
  refusal: ErrorFields | undefined;
  /** Rows that the target's planner expects. */
  estimatedRows: number | undefined;
}

/**
 * The operation of a session that waits for people. There is one at most: what the client sends
 * behind it waits with it.
 *
 * The message is offered again when something about it was settled, and has to be described again: what
 * is described then is what was approved, or nothing runs.
 */
export class ReviewHold {
  readonly #parts: ReviewHoldParts;
  #asked: Asked | undefined;

  constructor(parts: ReviewHoldParts) {
    this.#parts = parts;
  }

  /** The message at hand was put to people before. */
  get isAsked(): boolean {
    return this.#asked !== undefined;
  }

  /** Nothing but people can make the session go on. */
  get isWaiting(): boolean {
    return this.#asked !== undefined && this.#asked.outcome === undefined;
  }

  /**
   * Asks people, and says later what they said.
   *
   * @param estimate Finds out how many rows the target's planner expects; undefined where it is not asked. Never rejects.
   */
  ask(
    decision: ReviewedDecision,
    held: OperationToReview,
    estimate: (() => Promise<number | undefined>) | undefined,
  ): 'later' | HoldVerdict {
    const { guard, waitFor } = this.#parts;
    const asked = this.#asked;
    if (asked === undefined) {
      const begun = this.#begin(decision, held);
      if (estimate === undefined) return this.#open(begun, held);
      return waitFor(
        estimate().then((rows) => {
          begun.estimatedRows = rows;
        }),
      );
    }
    if (asked.refusal !== undefined) return this.#refuse(asked, asked.refusal);
    const { outcome } = asked;
    const isSame = asked.binding === bindingOf(held) && asked.rights === guard.rights;
    if (outcome === undefined) {
      if (asked.opened !== undefined) assert.fail('a message is offered while people look at it');
      return isSame ? this.#open(asked, held) : this.#refuse(asked, phraseFailure('changed'));
    }
    if (outcome.kind !== 'approved') return this.#refuse(asked, phraseOutcome(outcome));
    if (!isSame) return this.#refuse(asked, phraseFailure('changed'));
    const { requestId, reviewers } = outcome;
    const { binding, rights } = asked;
    return { kind: 'approved', approval: { requestId, reviewers, decision, rights, binding } };
  }

  /** The policies say something else now than that people have to be asked. */
  changed(): HoldVerdict & { readonly kind: 'refused' } {
    const asked = this.#asked;
    assert(asked, 'only what was asked can change');
    return this.#refuse(asked, asked.refusal ?? phraseFailure('changed'));
  }

  /** The client cancelled. False if nothing of it waits for people. */
  cancel(): boolean {
    const asked = this.#asked;
    if (asked === undefined || asked.outcome !== undefined) return false;
    asked.refusal ??= CANCELLED;
    asked.opened?.withdraw('cancelled');
    return true;
  }

  /** The client sent more behind it than is kept. */
  giveUp(): void {
    const asked = this.#asked;
    if (asked === undefined) return;
    asked.refusal ??= phraseFailure('too-much-behind');
    asked.opened?.withdraw('cancelled');
  }

  /** The session ends. */
  end(reason: 'disconnected' | 'gateway-stopping'): void {
    const asked = this.#asked;
    if (asked?.outcome === undefined) asked?.opened?.withdraw(reason);
  }

  /** The message at hand was answered, in whatever way. */
  forget(): void {
    this.#asked = undefined;
  }

  #begin(decision: ReviewedDecision, held: OperationToReview): Asked {
    this.#asked = {
      binding: bindingOf(held),
      rights: this.#parts.guard.rights,
      decision,
      opened: undefined,
      outcome: undefined,
      refusal: undefined,
      estimatedRows: undefined,
    };
    return this.#asked;
  }

  #open(asked: Asked, held: OperationToReview): 'later' {
    const { guard, notify, waitFor } = this.#parts;
    const { decision, estimatedRows } = asked;
    const { promise, resolve } = Promise.withResolvers<void>();
    const told = { ...held, operation: { ...held.operation, estimatedRows } };
    const opened = guard.hold(decision, told, (outcome) => {
      asked.outcome = outcome;
      resolve();
    });
    asked.opened = opened;
    if (opened.onReview === 'wait' && asked.outcome === undefined) {
      notify(phraseWaiting(decision, listReviewers(decision), opened, held.justification));
    }
    return waitFor(promise);
  }

  #refuse({ outcome }: Asked, error: ErrorFields): HoldVerdict & { readonly kind: 'refused' } {
    const review = outcome !== undefined && 'requestId' in outcome ? outcome.requestId : undefined;
    const detail = {
      ...(review !== undefined && { review }),
      ...(outcome !== undefined && { outcome: outcome.kind }),
    };
    return { kind: 'refused', error, detail };
  }
}

/** Equal for equal operations only: text, parameters and all that their meaning depends on. */
export function bindingOf({ sentText, sentParameters, meaning }: OperationToReview): string {
  const digest = createHash('sha256');
  for (const { format, value } of sentParameters) {
    digest.update(`${format} ${value?.length ?? 'null'} `);
    if (value !== undefined) digest.update(value);
  }
  const sorted = Object.entries(meaning).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([sentText, digest.digest('hex'), sorted]);
}
