import type { ExplainedDecision, ExplainedOperation } from '../api/explanation.ts';
import { describeTarget } from '../gateway/gateway-session.ts';
import type { Policies } from '../gateway/policies.ts';
import type { Principal } from '../identity/principal.ts';
import type { Decision } from '../policy/decision.ts';
import type { GuardedAction } from '../protocols/guard.ts';
import type { Target } from '../targets/target.ts';

/** Who asks about which target. */
export interface ExplainAsker {
  readonly principal: Principal;
  /** Names of the principal's grants in force on the target. */
  readonly grants: readonly string[];
  readonly target: Target;
}

/** Says what the policies in force make of one thing that a text does. */
export function explainOperation(
  policies: Pick<Policies, 'decideNow'>,
  { principal, grants, target: on }: ExplainAsker,
  { action, facts }: GuardedAction,
): { readonly decision: Decision; readonly operation: ExplainedOperation } {
  const target = describeTarget(on);
  const decision = policies.decideNow({ principal, grants, target, action, facts });
  return { decision, operation: { action, facts, decision: describeDecision(decision) } };
}

/** A decision as an explanation has it. */
export function describeDecision(decision: Decision): ExplainedDecision {
  switch (decision.kind) {
    case 'allow':
      return { kind: 'allow', policies: decision.policyIds };
    case 'review': {
      const { policyIds, reason, groups } = decision;
      return { kind: 'review', policies: policyIds, reason, groups };
    }
    case 'deny': {
      const { policyId, reason } = decision;
      return { kind: 'deny', policies: policyId === undefined ? [] : [policyId], reason };
    }
  }
}
