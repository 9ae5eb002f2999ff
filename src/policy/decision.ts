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
  | {
      readonly kind: 'review';
      readonly policyIds: readonly string[];
      /** Groups that may lift the forbids (`@review`). */
      readonly groups: readonly string[];
      readonly quorum: number;
      /** Milliseconds that an approval lasts, from `@expires`; the gateway's default when absent. */
      readonly expiresAfterMs?: number;
      /** From `@reason`, shown to the client. */
      readonly reason: string;
    }
  | {
      readonly kind: 'deny';
      /** The forbid that decided, or undefined when no permit covers the operation. */
      readonly policyId: string | undefined;
      /** From `@reason`, or the standard text of a default deny. Shown to the client. */
      readonly reason: string;
    };

/** A condition that the gateway must fulfil for an `allow` to hold. */
export type Obligation = { readonly kind: 'record' };
