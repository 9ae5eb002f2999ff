import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { HeldOperation } from '../access/access-request.ts';
import type { ReviewOutcome } from '../access/review-desk.ts';
import { isTooLong } from '../audit/ledger-error.ts';
import type { Detectors } from '../masking/detectors/detectors.ts';
import type { Decision, ReviewedDecision } from '../policy/decision.ts';
import { findLiterals, maskFacts } from './find-literals.ts';
import type { Guard, OperationEntry, OperationToReview } from './guard.ts';
import { mergeFacts } from './merge-facts.ts';
import type {
  ClearanceListener,
  ClearanceWords,
  GuardedOperation,
  OperationClearance,
  PendingClearance,
  Verdict,
} from './operation-clearance.ts';
import type { SessionCounts } from './protocol.ts';

const NOTHING_TO_WITHDRAW: PendingClearance = { withdraw() {} };

export interface GuardedClearanceParts<Refusal> {
  readonly session: {
    readonly guard: Pick<Guard, 'rights' | 'decide' | 'seal' | 'hold' | 'sealRefusal'>;
    readonly counts: Pick<SessionCounts, 'operations' | 'refused'>;
  };
  /** As reviewers know it: `ssh`. */
  readonly protocol: string;
  readonly words: ClearanceWords<Refusal>;
  /** What reviewers are told, in the client's own words. */
  readonly reason: string | undefined;
  /** Runs what the ledger or people call back for, in the name of this session; not at all once it is over. */
  readonly isolate: (act: () => void) => void;
  /** Finds what people may not see in what they are asked about; undefined where the target has no data map. */
  readonly detectors: () => Detectors | undefined;
}

/** Asks the guard of a session, and people where it says so. */
export class GuardedClearance<Refusal> implements OperationClearance<Refusal> {
  readonly #parts: GuardedClearanceParts<Refusal>;
  readonly #session: GuardedClearanceParts<Refusal>['session'];

  constructor(parts: GuardedClearanceParts<Refusal>) {
    this.#parts = parts;
    this.#session = parts.session;
  }

  clear(operation: GuardedOperation, listener: ClearanceListener<Refusal>): PendingClearance {
    const { guard, counts } = this.#session;
    counts.operations += 1;
    const decision = guard.decide(operation.key ?? operation, () => operation.actions);
    const entry = describeEntry(operation);
    switch (decision.kind) {
      case 'allow':
        this.#seal(decision, entry, (verdict) => listener.onVerdict(verdict));
        return NOTHING_TO_WITHDRAW;
      case 'deny':
        this.#enterRefusal(decision, entry);
        listener.onVerdict(refused(this.#parts.words.denied(decision, operation)));
        return NOTHING_TO_WITHDRAW;
      case 'review':
        return this.#hold(decision, operation, listener);
    }
  }

  /** Refuses what the policies may permit, for a reason of the protocol's own. */
  refuse(operation: GuardedOperation, reason: string): Verdict<Refusal> {
    this.#session.counts.operations += 1;
    const decision = { kind: 'deny', policyId: undefined, reason } as const;
    this.#enterRefusal(decision, describeEntry(operation));
    return refused(this.#parts.words.denied(decision, operation));
  }

  #hold(
    decision: ReviewedDecision,
    operation: GuardedOperation,
    listener: ClearanceListener<Refusal>,
  ): PendingClearance {
    const { guard } = this.#session;
    const { words, isolate } = this.#parts;
    const { rights } = guard;
    const entry = describeEntry(operation);
    let isSettled = false;
    const settle = (verdict: Verdict<Refusal>): void => {
      if (isSettled) return;
      isSettled = true;
      listener.onVerdict(verdict);
    };
    const take = (outcome: ReviewOutcome): void => {
      // Given up: it was entered then, and whatever people say runs nothing.
      if (isSettled) return;
      const reviewed = nameReview(entry, outcome);
      if (outcome.kind === 'approved' && guard.rights === rights) {
        return this.#seal(decision, reviewed, (verdict) =>
          settle(verdict.kind === 'allowed' ? { ...verdict, approvedUnder: rights } : verdict),
        );
      }
      this.#enterRefusal(decision, reviewed);
      settle(refused(outcome.kind === 'approved' ? words.changed() : words.notApproved(outcome)));
    };
    const opened = guard.hold(decision, this.#describeForReview(operation), (outcome) =>
      isolate(() => take(outcome)),
    );
    if (opened.onReview === 'wait')
      listener.onWaiting?.(words.waiting(decision, opened, this.#parts.reason));
    return {
      withdraw: (reason) => {
        if (isSettled) return;
        isSettled = true;
        this.#enterRefusal(decision, { ...entry, detail: { ...entry.detail, withdrawn: reason } });
        opened.withdraw(reason);
      },
    };
  }

  #describeForReview(operation: GuardedOperation): OperationToReview {
    const { text, textSha256, actions, meaning = {}, mayWait, values = [] } = operation;
    const { reason: justification, protocol } = this.#parts;
    const detectors = this.#parts.detectors();
    // Scalars of a body are shown with it, to whom it is.
    const { body: _, ...facts } = mergeFacts(actions.map((action) => action.facts));
    const literals = detectors === undefined ? [] : findLiterals(text, detectors);
    const held: HeldOperation = {
      protocol,
      // Nothing of it can be undone: it is looked at before.
      at: 'statement',
      text,
      textSha256: textSha256 ?? createHash('sha256').update(text).digest('hex'),
      literals,
      parameters: values.map((bytes) => ({ text: readValue(bytes), className: undefined })),
      actions: namesOf(actions),
      relations: [],
      facts: detectors === undefined ? facts : maskFacts(facts, detectors),
      classesTouched: [...new Set(literals.flatMap(({ className }) => className ?? []))],
      estimatedRows: undefined,
      context: undefined,
      changes: undefined,
    };
    return {
      operation: held,
      sentText: text,
      sentParameters: [],
      justification,
      meaning: { ...meaning, ...(textSha256 !== undefined && { textSha256 }) },
      ...(mayWait !== undefined && { mayWait }),
    };
  }

  #seal(
    decision: Decision,
    entry: OperationEntry,
    tell: (verdict: Verdict<Refusal>) => void,
  ): void {
    this.#session.guard.seal(decision, entry, (error) =>
      this.#parts.isolate(() => {
        if (error === undefined) return tell({ kind: 'allowed' });
        // The ledger recovers by itself: the session goes on, and nothing happens in it until then.
        const outcome = isTooLong(error) ? 'too-long' : 'unsealed';
        this.#enterRefusal(decision, { ...entry, detail: { ...entry.detail, outcome } });
        tell(refused(this.#parts.words.unsealed(outcome)));
      }),
    );
  }

  #enterRefusal(decision: Decision, entry: OperationEntry): void {
    this.#session.counts.refused += 1;
    this.#session.guard.sealRefusal(decision, entry);
  }
}

/** Whole: what reviewers do not see, they cannot have approved. */
function readValue(bytes: Uint8Array): string {
  const text = Buffer.from(bytes);
  return isUtf8(text) ? text.toString('utf8') : `\\x${text.toString('hex')}`;
}

function refused<Refusal>(message: Refusal): Verdict<Refusal> {
  return { kind: 'refused', message };
}

function describeEntry({ text, textSha256, actions, detail }: GuardedOperation): OperationEntry {
  return { text, textSha256, actions: namesOf(actions), relations: [], detail };
}

/** The review under which it was decided, in the ledger entry. */
function nameReview(entry: OperationEntry, outcome: ReviewOutcome): OperationEntry {
  if (!('requestId' in outcome)) return entry;
  const { requestId: review } = outcome;
  const reviewers = outcome.kind === 'approved' ? { reviewers: outcome.reviewers } : {};
  return { ...entry, detail: { ...entry.detail, review, outcome: outcome.kind, ...reviewers } };
}

function namesOf(actions: GuardedOperation['actions']): readonly string[] {
  const names = actions.map(({ action }) => action);
  return names.length === 1 ? names : [...new Set(names)];
}
