import { createHash } from 'node:crypto';
import type { HeldOperation } from '../../access/access-request.ts';
import type { ReviewOutcome } from '../../access/review-desk.ts';
import type { Detectors } from '../../masking/detectors/detectors.ts';
import type { Decision, ReviewedDecision } from '../../policy/decision.ts';
import type { Facts } from '../../policy/operation.ts';
import type { OperationEntry, OperationToReview } from '../guard.ts';
import type { Session } from '../protocol.ts';
import { findLiterals, maskFacts } from './find-literals.ts';
import type {
  ClearanceListener,
  OperationClearance,
  PendingClearance,
  SshOperation,
  Verdict,
} from './operation-clearance.ts';
import {
  phraseChanged,
  phraseOutcome,
  phraseRefusal,
  phraseUnsealed,
  phraseWaiting,
} from './refusal.ts';

const NOTHING_TO_WITHDRAW: PendingClearance = { withdraw() {} };

export interface GuardedClearanceParts {
  readonly session: Pick<Session, 'guard' | 'counts'>;
  /** What reviewers are told, in the client's own words. */
  readonly reason: string | undefined;
  /** Runs what the ledger or people call back for, in the name of this session; not at all once it is over. */
  readonly isolate: (act: () => void) => void;
  /** Finds what people may not see in what they are asked about; undefined where the target has no data map. */
  readonly detectors: () => Detectors | undefined;
}

/** Asks the guard of a session, and people where it says so. */
export class GuardedClearance implements OperationClearance {
  readonly #parts: GuardedClearanceParts;
  readonly #session: Pick<Session, 'guard' | 'counts'>;

  constructor(parts: GuardedClearanceParts) {
    this.#parts = parts;
    this.#session = parts.session;
  }

  clear(operation: SshOperation, listener: ClearanceListener): PendingClearance {
    const { guard, counts } = this.#session;
    counts.operations += 1;
    const decision = guard.decide(operation.key ?? operation, () => operation.actions);
    const entry = describeEntry(operation);
    switch (decision.kind) {
      case 'allow':
        this.#seal(decision, entry, (verdict) => listener.onVerdict(verdict));
        return NOTHING_TO_WITHDRAW;
      case 'deny':
        listener.onVerdict(
          this.#refuse(decision, entry, phraseRefusal(decision, operation.remark)),
        );
        return NOTHING_TO_WITHDRAW;
      case 'review':
        return this.#hold(decision, operation, listener);
    }
  }

  #hold(
    decision: ReviewedDecision,
    operation: SshOperation,
    listener: ClearanceListener,
  ): PendingClearance {
    const { guard } = this.#session;
    const { rights } = guard;
    const entry = describeEntry(operation);
    let isSettled = false;
    const settle = (verdict: Verdict): void => {
      if (isSettled) return;
      isSettled = true;
      listener.onVerdict(verdict);
    };
    const take = (outcome: ReviewOutcome): void => {
      // Given up: it was entered then, and whatever people say runs nothing.
      if (isSettled) return;
      const reviewed = nameReview(entry, outcome);
      if (outcome.kind !== 'approved') {
        return settle(this.#refuse(decision, reviewed, phraseOutcome(outcome)));
      }
      if (guard.rights !== rights) return settle(this.#refuse(decision, reviewed, phraseChanged()));
      this.#seal(decision, reviewed, settle);
    };
    const { isolate } = this.#parts;
    const opened = guard.hold(decision, this.#describeForReview(operation), (outcome) =>
      isolate(() => take(outcome)),
    );
    if (opened.onReview === 'wait')
      listener.onWaiting?.(phraseWaiting(decision, opened, this.#parts.reason));
    return {
      withdraw: (reason) => {
        if (isSettled) return;
        isSettled = true;
        this.#refuse(decision, { ...entry, detail: { ...entry.detail, withdrawn: reason } }, '');
        opened.withdraw(reason);
      },
    };
  }

  #describeForReview({ text, actions, meaning = {} }: SshOperation): OperationToReview {
    const { reason: justification } = this.#parts;
    const detectors = this.#parts.detectors();
    const facts: Facts = actions.reduce((all, action) => ({ ...all, ...action.facts }), {});
    const literals = detectors === undefined ? [] : findLiterals(text, detectors);
    const held: HeldOperation = {
      protocol: 'ssh',
      // Nothing of SSH can be undone: it is looked at before.
      at: 'statement',
      text,
      textSha256: createHash('sha256').update(text).digest('hex'),
      literals,
      parameters: [],
      actions: namesOf(actions),
      relations: [],
      facts: detectors === undefined ? facts : maskFacts(facts, detectors),
      classesTouched: [...new Set(literals.flatMap(({ className }) => className ?? []))],
      estimatedRows: undefined,
      context: undefined,
      changes: undefined,
    };
    return { operation: held, sentText: text, sentParameters: [], justification, meaning };
  }

  #seal(decision: Decision, entry: OperationEntry, tell: (verdict: Verdict) => void): void {
    this.#session.guard.seal(decision, entry, (error) =>
      this.#parts.isolate(() => {
        if (error === undefined) return tell({ kind: 'allowed' });
        // The ledger recovers by itself: the session goes on, and nothing happens in it until then.
        this.#session.counts.refused += 1;
        tell({ kind: 'refused', message: phraseUnsealed() });
      }),
    );
  }

  #refuse(decision: Decision, entry: OperationEntry, message: string): Verdict {
    this.#session.counts.refused += 1;
    this.#session.guard.sealRefusal(decision, entry);
    return { kind: 'refused', message };
  }
}

function describeEntry({ text, textSha256, actions, detail }: SshOperation): OperationEntry {
  return {
    text,
    ...(textSha256 !== undefined && { textSha256 }),
    actions: namesOf(actions),
    relations: [],
    ...(detail !== undefined && { detail }),
  };
}

/** The review under which it was decided, in the ledger entry. */
function nameReview(entry: OperationEntry, outcome: ReviewOutcome): OperationEntry {
  if (!('requestId' in outcome)) return entry;
  const { requestId: review } = outcome;
  const reviewers = outcome.kind === 'approved' ? { reviewers: outcome.reviewers } : {};
  return { ...entry, detail: { ...entry.detail, review, outcome: outcome.kind, ...reviewers } };
}

function namesOf(actions: SshOperation['actions']): readonly string[] {
  return [...new Set(actions.map(({ action }) => action))];
}
