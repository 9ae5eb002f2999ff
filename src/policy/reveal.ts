import type { Principal } from '../identity/principal.ts';
import type { TargetPlace } from '../targets/target.ts';
import { decide } from './decide.ts';
import type { OperationTarget } from './operation.ts';
import type { PolicySet } from './policy-set.ts';

/** Which data classes of a target one principal may see raw. Immutable. */
export interface Revelation {
  /** The classes that may be seen, each with the policies that permit it. */
  readonly shown: ReadonlyMap<string, readonly string[]>;
}

/** Who asks, about which target, and where on it. */
export interface RevealQuestion {
  readonly principal: Principal;
  /** Names of the principal's grants in force on the target. Default: none. */
  readonly grants?: readonly string[];
  readonly target: OperationTarget;
  readonly place: TargetPlace;
  readonly classNames: ReadonlySet<string>;
}

/**
 * Asks `reveal` for each class. What is denied, would need a review or cannot be evaluated stays
 * masked. About 100 µs a class; callers keep the answer until the policies or the classes change.
 */
export function decideRevelation(policySet: PolicySet, question: RevealQuestion): Revelation {
  const { principal, grants = [], target, place, classNames } = question;
  const shown = new Map<string, readonly string[]>();
  for (const dataClass of classNames) {
    const facts = { database: place.database, account: place.account };
    const operation = { principal, grants, target, action: 'reveal', dataClass, facts };
    const decision = decide(policySet, operation);
    if (decision.kind === 'allow') shown.set(dataClass, decision.policyIds);
  }
  return { shown };
}
