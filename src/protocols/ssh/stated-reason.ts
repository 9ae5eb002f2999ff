import { COMMENT_LENGTH_MAX } from '../../access/apply-review.ts';
import type { EnvRequest } from '../../wire/ssh/env-request.ts';

/** A variable of the gateway's own: why the client does what it does. Reviewers are told, the target never is. */
export const REASON_VARIABLE = 'SALLYPORT_REASON';

/** Takes the reason out of the variables that a client sets; the last one counts. */
export function takeReason(variables: readonly EnvRequest[]): {
  readonly reason: string | undefined;
  /** What may be for the program. */
  readonly others: readonly EnvRequest[];
} {
  const given = variables.findLast(({ name }) => name === REASON_VARIABLE)?.value.trim();
  return {
    // A client is not told what became of its variables: the beginning of a long reason is better than none.
    reason: given === undefined || given === '' ? undefined : given.slice(0, COMMENT_LENGTH_MAX),
    others: variables.filter(({ name }) => name !== REASON_VARIABLE),
  };
}
