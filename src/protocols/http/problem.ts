/**
 * What a client is told in the place of an answer of the target.
 *
 * @see RFC 9457
 */
export interface Problem {
  /** HTTP status. */
  readonly status: number;
  /** The same for all problems of a kind: `Refused by policy`. */
  readonly title: string;
  /** One or a few sentences: what happened here, and what can be done about it. */
  readonly detail: string;
  /** Of the review, where there is one. */
  readonly requestId?: string;
  /** Further header fields, names in lower case: Location, Retry-After, Allow, … */
  readonly fields?: readonly (readonly [name: string, value: string])[];
}

/** A request that is answered with a problem before it is any operation. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code = 'ERR_HTTP_PROBLEM';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(`Cannot serve request: ${problem.title}`);
    this.problem = problem;
  }
}
