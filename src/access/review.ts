import type { PrincipalId } from '../identity/principal.ts';

/** One person's verdict on a request. It stands: who has reviewed does not review again. */
export interface Review {
  /** `rev_…`; the entry in the ledger has it, too. */
  readonly id: string;
  readonly reviewer: Reviewer;
  readonly verdict: Verdict;
  /** Never empty for `reject`. */
  readonly comment: string;
  readonly atMs: number;
  /** Who delegated, when the reviewer may review by a delegation only. */
  readonly onBehalfOf: DelegatedReviewer | undefined;
}

export type Verdict = 'approve' | 'reject';

/** Who reviewed, as it was then. */
export interface Reviewer {
  readonly id: PrincipalId;
  /** What all identities of one human have in common, where the identity provider shows it. */
  readonly person: string | undefined;
  readonly name: string;
  /** Those of the request's groups that the reviewer was in, by itself or by the delegation. */
  readonly groups: readonly string[];
}

/** Whose place a reviewer took. */
export interface DelegatedReviewer {
  readonly delegationId: string;
  readonly id: PrincipalId;
  readonly person: string | undefined;
  readonly name: string;
}
