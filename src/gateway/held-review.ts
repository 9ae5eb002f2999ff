import type { OperationRequest, WithdrawReason } from '../access/access-request.ts';
import type { ReviewOutcome, ReviewQuestion } from '../access/review-desk.ts';

/** One operation that a session holds, from its question to the one outcome it is told. */
export class HeldReview {
  readonly question: ReviewQuestion;
  readonly request: OperationRequest;
  /** The store has it: reviewers may have seen it. */
  isInserted = false;
  /** Why the session gave up. */
  withdrawn: WithdrawReason | undefined;
  readonly #tell: (outcome: ReviewOutcome) => void;
  #isSettled = false;
  #looking: 'no' | 'once' | 'again' = 'no';

  /** @param tell Called exactly once. */
  constructor(
    question: ReviewQuestion,
    request: OperationRequest,
    tell: (outcome: ReviewOutcome) => void,
  ) {
    this.question = question;
    this.request = request;
    this.#tell = tell;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** The session, as long as it runs: then entries are its own. */
  findSession(): string | undefined {
    return this.question.findChange() === 'disconnected' ? undefined : this.question.sessionId;
  }

  /** Tells the outcome, unless another was told before. */
  settle(outcome: ReviewOutcome): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#tell(outcome);
  }

  /** Settles now and tells in the next turn: the session may be in the middle of something. */
  settleSoon(outcome: ReviewOutcome): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    queueMicrotask(() => this.#tell(outcome));
  }

  /** False if somebody looks already; who does looks once more then. */
  beginLooking(): boolean {
    const isFirst = this.#looking === 'no';
    this.#looking = isFirst ? 'once' : 'again';
    return isFirst;
  }

  /** Whether something came while somebody looked. Ends the looking if not. */
  lookAgain(): boolean {
    const isAgain = this.#looking === 'again' && !this.#isSettled;
    this.#looking = isAgain ? 'once' : 'no';
    return isAgain;
  }

  endLooking(): void {
    this.#looking = 'no';
  }
}
