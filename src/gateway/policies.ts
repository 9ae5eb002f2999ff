import type { Principal } from '../identity/principal.ts';
import { combineDecisions } from '../policy/combine-decisions.ts';
import { decide } from '../policy/decide.ts';
import type { Decision } from '../policy/decision.ts';
import { buildDecisionScope, DecisionCache, type DecisionScope } from '../policy/decision-cache.ts';
import type { OperationTarget } from '../policy/operation.ts';
import type { PolicySet } from '../policy/policy-set.ts';
import type { GuardedAction } from '../protocols/guard.ts';

/** Who asks about what, under which policies: what the decisions of a session have in common. */
export interface PolicyScope extends DecisionScope {
  readonly principal: Principal;
  readonly target: OperationTarget;
  /** The set that was in force when the scope was made. */
  readonly policySet: PolicySet;
}

/** The policy set in force, and what was decided with it. One for all sessions of a process. */
export class Policies {
  #current: PolicySet;
  readonly #cache = new DecisionCache();

  constructor(policySet: PolicySet) {
    this.#current = policySet;
  }

  get current(): PolicySet {
    return this.#current;
  }

  /** Takes effect at the next operation of every session. */
  replace(policySet: PolicySet): void {
    this.#current = policySet;
  }

  /** Costs microseconds: keep it until `current` changes. */
  scope(principal: Principal, target: OperationTarget, database: string): PolicyScope {
    const policySet = this.#current;
    const policyVersion = policySet.version;
    // Statements are analysed anew for each version of a catalog, so their identity stands for it.
    const parts = { principal, target, database, policyVersion, catalogVersion: '' };
    return { ...buildDecisionScope(parts), principal, target, policySet };
  }

  /** @param key Stands for `actions` in the cache. */
  decide(key: object, scope: PolicyScope, actions: () => readonly GuardedAction[]): Decision {
    const known = this.#cache.find(key, scope);
    if (known !== undefined) return known;
    const { principal, target, policySet } = scope;
    const decision = combineDecisions(
      actions().map(({ action, facts }) => decide(policySet, { principal, target, action, facts })),
    );
    this.#cache.store(key, scope, decision);
    return decision;
  }
}
