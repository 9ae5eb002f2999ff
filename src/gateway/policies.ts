import type { Principal } from '../identity/principal.ts';
import { combineDecisions } from '../policy/combine-decisions.ts';
import { decide } from '../policy/decide.ts';
import type { Decision } from '../policy/decision.ts';
import { buildDecisionScope, DecisionCache, type DecisionScope } from '../policy/decision-cache.ts';
import type { Operation, OperationTarget } from '../policy/operation.ts';
import type { PolicySet } from '../policy/policy-set.ts';
import { decideRevelation, type Revelation } from '../policy/reveal.ts';
import type { GuardedAction } from '../protocols/guard.ts';
import type { TargetPlace } from '../targets/target.ts';
import type { SessionClient } from './ask-for-review.ts';
import { PatientCounts } from './patient-counts.ts';

/** Who asks about what, under which policies: what the decisions of a session have in common. */
export interface PolicyScope extends DecisionScope {
  readonly principal: Principal;
  /** Names of the principal's grants in force on the target. */
  readonly grants: readonly string[];
  readonly target: OperationTarget;
  readonly place: TargetPlace;
  /** The set that was in force when the scope was made. */
  readonly policySet: PolicySet;
}

const MAY_BE_OLD: Decision = {
  kind: 'deny',
  policyId: undefined,
  reason: 'the gateway cannot tell whether its policies are still in force',
  isPassing: true,
};
/** Scopes whose revelations are remembered for one set of classes. */
const REVELATIONS_MAX = 1_000;
/** Scopes' keys that are shared. */
const KEYS_MAX = 1_000;

/** The policy set in force, and what was decided with it. One for all sessions of a process. */
export class Policies {
  #current: PolicySet;
  /** Whether no later policies can be in force elsewhere. */
  #isCurrent = true;
  readonly #patients: PatientCounts;
  readonly #cache = new DecisionCache();
  /** By the classes of a target's data map, then by scope. */
  #revelations = new WeakMap<ReadonlySet<string>, Map<string, Revelation>>();
  /** Keys are long, many sessions have the same one, and it is looked up for each operation: that is quick where it is the same string. */
  readonly #keys = new Map<string, string>();

  constructor(policySet: PolicySet, patients: PatientCounts = new PatientCounts(Date.now)) {
    this.#current = policySet;
    this.#patients = patients;
  }

  /** Tells whose rows a result showed: policies may go by how many there were today. */
  noteResult({ id }: Principal, evidence: Readonly<Record<string, unknown>>): void {
    this.#patients.add(id, evidence);
  }

  get current(): PolicySet {
    return this.#current;
  }

  /** Undefined while it is not known whether the policies are those that are in force for all gateways. */
  get inForce(): PolicySet | undefined {
    return this.#isCurrent ? this.#current : undefined;
  }

  /** Permits nothing while it is not known whether the policies are in force. */
  setCurrent(isCurrent: boolean): void {
    this.#isCurrent = isCurrent;
  }

  /** Takes effect at the next operation of every session. */
  replace(policySet: PolicySet): void {
    this.#current = policySet;
    this.#revelations = new WeakMap();
    this.#keys.clear();
  }

  /** Costs microseconds: keep it until `current` or the grants change. */
  scope(
    principal: Principal,
    target: OperationTarget,
    place: TargetPlace,
    grants: readonly string[] = [],
  ): PolicyScope {
    const policySet = this.#current;
    const policyVersion = policySet.version;
    // Statements are analysed anew for each version of a catalog, so their identity stands for it.
    const parts = { principal, grants, target, place, policyVersion, catalogVersion: '' };
    const key = this.#shareKey(buildDecisionScope(parts).key);
    return { key, principal, grants, target, place, policySet };
  }

  #shareKey(key: string): string {
    const known = this.#keys.get(key);
    if (known !== undefined) return known;
    if (this.#keys.size >= KEYS_MAX) this.#keys.clear();
    this.#keys.set(key, key);
    return key;
  }

  /** The same object for the same scope and classes (compared by identity), as long as it is remembered. */
  reveal(scope: PolicyScope, classNames: ReadonlySet<string>): Revelation {
    let known = this.#revelations.get(classNames);
    if (known === undefined || known.size >= REVELATIONS_MAX) {
      known = new Map();
      this.#revelations.set(classNames, known);
    }
    let revelation = known.get(scope.key);
    if (revelation === undefined) {
      const { principal, grants, target, place, policySet } = scope;
      const question = { principal, grants, target, place, classNames };
      revelation = decideRevelation(policySet, question);
      known.set(scope.key, revelation);
    }
    return revelation;
  }

  /** @param key Stands for `actions` in the cache. */
  decide(key: object, scope: PolicyScope, actions: () => readonly GuardedAction[]): Decision {
    if (!this.#isCurrent) return MAY_BE_OLD;
    // Where a policy counts patients, a decision holds for this number of them only.
    const asked = scope.policySet.asksForPatients ? this.#countPatients(scope) : scope;
    const known = this.#cache.find(key, asked);
    if (known !== undefined) return known;
    const decision = this.decideOnce(scope, actions());
    this.#cache.store(key, asked, decision);
    return decision;
  }

  #countPatients({ key, principal }: PolicyScope): DecisionScope {
    return { key: `${key}${this.#patients.count(principal.id)}` };
  }

  /** Decides one thing for who asks outside of sessions. */
  decideNow(operation: Omit<Operation, 'patientsToday'>): Decision {
    if (!this.#isCurrent) return MAY_BE_OLD;
    const patientsToday = this.#patients.count(operation.principal.id);
    return decide(this.#current, { ...operation, patientsToday });
  }

  /** Whether somebody may connect: asked when a session begins, and again once a grant of its principal is over. */
  decideConnect(scope: PolicyScope, client: SessionClient): Decision {
    const { database, account } = scope.place;
    const { address: clientAddress, applicationName, isEncrypted: tls } = client;
    const facts = { database, account, applicationName, clientAddress, tls };
    return this.decideOnce(scope, [{ action: 'connect', facts }]);
  }

  /** Decides what nobody will ask again: it leaves nothing in the cache. */
  decideOnce(
    { principal, grants, target, policySet }: PolicyScope,
    actions: readonly GuardedAction[],
  ): Decision {
    if (!this.#isCurrent) return MAY_BE_OLD;
    const patientsToday = this.#patients.count(principal.id);
    return combineDecisions(
      actions.map((asked) => {
        const decision = decide(policySet, { principal, grants, target, patientsToday, ...asked });
        return decision.kind === 'deny' ? { ...decision, asked } : decision;
      }),
    );
  }
}
