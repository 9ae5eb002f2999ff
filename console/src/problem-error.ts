import type { Problem } from '../../src/api/problem.ts';

/** The gateway did not do what was asked, and says why. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: Problem['code'] | 'no-answer';
  readonly hint: string | undefined;

  constructor(problem: Pick<Problem, 'title' | 'hint'> & { readonly code: ProblemError['code'] }) {
    super(problem.title);
    this.code = problem.code;
    this.hint = problem.hint;
  }
}

/** Whether asking again would get the same answer. */
export function isRefusal(error: unknown): boolean {
  return (
    error instanceof ProblemError && error.code !== 'unavailable' && error.code !== 'no-answer'
  );
}
