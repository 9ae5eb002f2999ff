import type { OpenedReview, ReviewOutcome } from '../../access/review-desk.ts';
import type { Guard } from '../guard.ts';

/** Milliseconds between looks whether a held request was reviewed. */
const ASK_INTERVAL_MS = 1_000;

/** How long a client waits. */
export interface Patience {
  /** Milliseconds since the Unix epoch. */
  readonly untilMs: number;
  readonly nowMs: () => number;
  /** Runs `act` later, not at all once the exchange is over. */
  readonly schedule: (afterMs: number, act: () => void) => void;
}

/**
 * A guard whose reviews outlive the client's patience: what is held is filed, so that the same request may come
 * again, and is asked for until people have said something or the client is to be told to come back.
 */
export function withPatience(
  guard: Guard,
  { untilMs, nowMs, schedule }: Patience,
): Pick<Guard, 'rights' | 'decide' | 'seal' | 'hold' | 'sealRefusal'> {
  return {
    get rights() {
      return guard.rights;
    },
    decide: (...asked) => guard.decide(...asked),
    seal: (...asked) => guard.seal(...asked),
    sealRefusal: (...asked) => guard.sealRefusal(...asked),
    hold(decision, held, listener): OpenedReview {
      let isOver = false;
      const tell = (outcome: ReviewOutcome): void => {
        if (isOver) return;
        if (outcome.kind === 'filed' && nowMs() + ASK_INTERVAL_MS <= untilMs) {
          return schedule(ASK_INTERVAL_MS, ask);
        }
        isOver = true;
        listener(outcome);
      };
      const ask = (): void => {
        if (!isOver) opened = guard.hold(decision, { ...held, mayWait: false }, tell);
      };
      let opened = guard.hold(decision, { ...held, mayWait: false }, tell);
      return {
        id: undefined,
        onReview: 'fail',
        url: undefined,
        expiresAtMs: opened.expiresAtMs,
        withdraw(reason) {
          isOver = true;
          opened.withdraw(reason);
        },
      };
    },
  };
}
