import type { Operation } from './operation.ts';

/**
 * What the policy says about one operation.
 *
 * A refusal is an answer, not a failure: policy returns it and the protocol phrases it.
 */
export type Decision =
  | {
      readonly kind: 'allow';
      /** The permits that allowed it, by `@id`. */
      readonly policyIds: readonly string[];
      readonly obligations: readonly Obligation[];
    }
  | ReviewedDecision
  | {
      readonly kind: 'deny';
      /** The forbid that decided, or undefined when no permit covers the operation. */
      readonly policyId: string | undefined;
      /** From `@reason`, or the standard text of a default deny. Shown to the client. */
      readonly reason: string;
      /** Whether it says nothing of rights: the gateway can permit nothing at present. */
      readonly isPassing?: true;
      /** What was asked about: one of the actions that happen together. Undefined where no policy was asked. */
      readonly asked?: Pick<Operation, 'action' | 'facts'>;
    };

/** Nothing but forbids that people can lift (`@review`) stand between an operation and its permit. */
export interface ReviewedDecision {
  readonly kind: 'review';
  readonly policyIds: readonly string[];
  /** What each of the forbids asks for. All have to be fulfilled; never empty. */
  readonly rules: readonly ReviewDemand[];
  /** Groups of all rules. */
  readonly groups: readonly string[];
  /** The largest of the rules. */
  readonly quorum: number;
  /** Before the operation runs, or (`@review_at("commit")`, if all of the forbids say so) at its COMMIT. */
  readonly at: 'statement' | 'commit';
  /** Milliseconds that a request and its approval last, from `@expires`; the gateway's default when absent. */
  readonly expiresAfterMs?: number;
  /** From `@reason`, shown to the client. */
  readonly reason: string;
  /** For when it was approved. Default: none. */
  readonly obligations?: readonly Obligation[];
}

/** Of whom how many have to agree. */
export interface ReviewDemand {
  /** A member of any of them counts. Never empty. */
  readonly groups: readonly string[];
  readonly quorum: number;
}

/**
 * What the gateway must do before something that was decided may happen; if it cannot, it does not happen.
 * `record`: keep the sealed raw track of the session from now on.
 */
export interface Obligation {
  readonly kind: 'record';
  readonly track: 'raw';
}
