import type { Principal } from '../identity/principal.ts';
import { combineDecisions } from '../policy/combine-decisions.ts';
import { decide } from '../policy/decide.ts';
import type { Decision } from '../policy/decision.ts';
import { buildDecisionScope, DecisionCache, type DecisionScope } from '../policy/decision-cache.ts';
import type { OperationTarget } from '../policy/operation.ts';
import type { PolicySet } from '../policy/policy-set.ts';
import type { GuardedAction } from '../protocols/guard.ts';

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

  /** What the decisions of one session depend on, besides the statement. */
  scope(principal: Principal, target: OperationTarget, database: string): DecisionScope {
    const policyVersion = this.#current.version;
    // Statements are analysed anew for each version of a catalog, so their identity stands for it.
    return buildDecisionScope({ principal, target, database, policyVersion, catalogVersion: '' });
  }

  /** @param key Stands for `actions` in the cache. */
  decide(
    key: object,
    scope: DecisionScope,
    principal: Principal,
    target: OperationTarget,
    actions: () => readonly GuardedAction[],
  ): Decision {
    const known = this.#cache.find(key, scope);
    if (known !== undefined) return known;
    const decisions = actions().map(({ action, facts }) =>
      decide(this.#current, { principal, target, action, facts }),
    );
    const decision =
      decisions.length === 1 ? (decisions[0] as Decision) : combineDecisions(decisions);
    this.#cache.store(key, scope, decision);
    return decision;
  }
}
