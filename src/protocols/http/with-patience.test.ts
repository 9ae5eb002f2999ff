import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReviewOutcome } from '../../access/review-desk.ts';
import type { ReviewedDecision } from '../../policy/decision.ts';
import type { Guard, OperationToReview } from '../guard.ts';
import { withPatience } from './with-patience.ts';

const DECISION: ReviewedDecision = {
  kind: 'review',
  policyIds: ['asked'],
  rules: [{ groups: ['leads'], quorum: 1 }],
  groups: ['leads'],
  quorum: 1,
  at: 'statement',
  reason: 'somebody should look',
};
const HELD = { sentText: 'GET /x' } as OperationToReview;
const FILED: ReviewOutcome = {
  kind: 'filed',
  requestId: 'req_1',
  url: undefined,
  expiresAtMs: 60_000,
};
const APPROVED: ReviewOutcome = {
  kind: 'approved',
  requestId: 'req_1',
  reviewers: [],
  policyVersion: '1',
};

/** A guard that is asked, a clock that a test moves, and what became of it. */
function start(patienceMs: number): {
  readonly asked: OperationToReview[];
  readonly withdrawn: string[];
  readonly told: ReviewOutcome[];
  answer(outcome: ReviewOutcome): void;
  later(): void;
  withdraw(): void;
} {
  let nowMs = 0;
  let later: (() => void) | undefined;
  let tell: ((outcome: ReviewOutcome) => void) | undefined;
  const asked: OperationToReview[] = [];
  const withdrawn: string[] = [];
  const told: ReviewOutcome[] = [];
  const guard = {
    rights: '1',
    hold(_decision: ReviewedDecision, held: OperationToReview, listener: typeof tell) {
      asked.push(held);
      tell = listener;
      return {
        ...{ id: undefined, onReview: 'fail', url: undefined, expiresAtMs: 60_000 },
        withdraw: (reason: string) => withdrawn.push(reason),
      };
    },
  } as unknown as Guard;
  const patience = {
    untilMs: patienceMs,
    nowMs: () => nowMs,
    schedule(afterMs: number, act: () => void) {
      later = () => {
        nowMs += afterMs;
        act();
      };
    },
  };
  const opened = withPatience(guard, patience).hold(DECISION, HELD, (outcome) =>
    told.push(outcome),
  );
  return {
    ...{ asked, withdrawn, told },
    answer: (outcome) => tell?.(outcome),
    later: () => later?.(),
    withdraw: () => opened.withdraw('disconnected'),
  };
}

describe('a guard with patience', () => {
  it('asks again while the client waits, and tells what people said', () => {
    const wait = start(30_000);
    wait.answer(FILED);
    wait.later();
    wait.answer(FILED);
    wait.later();
    assert.deepEqual(wait.told, []);
    wait.answer(APPROVED);
    assert.deepEqual(wait.told, [APPROVED]);
    assert.equal(wait.asked.length, 3);
    assert(wait.asked.every(({ mayWait, sentText }) => mayWait === false && sentText === 'GET /x'));
  });

  it('has the client come back once its patience is at an end', () => {
    const wait = start(1_500);
    wait.answer(FILED);
    wait.later();
    wait.answer(FILED);
    assert.deepEqual(wait.told, [FILED]);
  });

  it('tells at once what is no question of patience', () => {
    const wait = start(30_000);
    wait.answer({ kind: 'too-many', waitingMax: 3 });
    assert.equal(wait.told.length, 1);
  });

  it('asks no more for a client that is gone, and runs nothing for it', () => {
    const wait = start(30_000);
    wait.answer(FILED);
    wait.withdraw();
    wait.later();
    wait.answer(APPROVED);
    assert.deepEqual(wait.told, []);
    assert.equal(wait.asked.length, 1);
    assert.deepEqual(wait.withdrawn, ['disconnected']);
  });
});
