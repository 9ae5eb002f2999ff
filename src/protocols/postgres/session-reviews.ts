import { isAscii } from 'node:buffer';
import { CommitReview } from './commit-review.ts';
import type { OperationDescriber } from './operation-describer.ts';
import { OperationSubjects } from './operation-subjects.ts';
import type { OperationsParts } from './operations.ts';
import { ReviewHold } from './review-hold.ts';
import { RowEstimator } from './row-estimator.ts';

/** What a session needs once something of it has to be reviewed. Most never get as far, and do without. */
export class SessionReviews {
  /** The operation that waits for people, if one does. */
  readonly hold: ReviewHold;
  /** What people will look at when the transaction at hand is committed. */
  readonly commit: CommitReview;
  readonly subjects: OperationSubjects;

  constructor(parts: OperationsParts, describer: OperationDescriber) {
    const { session, settings, names, analyzer, masks, parser } = parts;
    const { notify, ask, askApart, estimates } = parts;
    this.hold = new ReviewHold({
      guard: session.guard,
      waitFor: (settled) => analyzer.waitFor(settled),
      notify,
    });
    const findPlan: ConstructorParameters<typeof CommitReview>[0]['findPlan'] = () =>
      masks?.strictestPlan;
    const isReadInside = (sql: string): boolean =>
      settings.clientEncoding === 'UTF8' || isAscii(Buffer.from(sql));
    this.commit = new CommitReview({ names, analyzer, ask, isReadInside, askApart, findPlan });
    const estimator = askApart && new RowEstimator(estimates, askApart);
    this.subjects = new OperationSubjects({
      ...{ settings, names, analyzer, parser, masks, describer, estimator },
    });
  }

  /** The message at hand was answered, in whatever way. */
  forget(): void {
    this.hold.forget();
    this.commit.forget();
  }
}
