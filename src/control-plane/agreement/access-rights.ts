import type { AccessRequest, Requester } from '../../access/access-request.ts';
import type { Actor } from '../../access/access-service.ts';
import type { DelegationStore, PeopleStore } from '../../access/access-store.ts';
import type { Candidate } from '../../access/apply-review.ts';
import type { Delegation } from '../../access/delegation.ts';
import { isSamePerson, type KnownPerson } from '../../access/person.ts';
import { describeTarget } from '../../gateway/gateway-session.ts';
import type { GrantsInForce } from '../../gateway/grants-in-force.ts';
import type { Policies } from '../../gateway/policies.ts';
import type { Principal, PrincipalId } from '../../identity/principal.ts';
import type { Decision } from '../../policy/decision.ts';
import type { Facts, OperationTarget } from '../../policy/operation.ts';
import type { PolicySet } from '../../policy/policy-set.ts';
import type { Target } from '../../targets/target.ts';

/** What is asked to find out who may do what about requests and grants. */
export interface AccessRightsParts {
  readonly policies: Pick<Policies, 'inForce' | 'decideNow'>;
  readonly targets: () => readonly Target[];
  /** Names the gateway in policies. */
  readonly gatewayName: () => string;
  readonly grants: Pick<GrantsInForce, 'find'>;
  readonly delegations: Pick<DelegationStore, 'listRunningTo'>;
  readonly people: Pick<PeopleStore, 'find'>;
  /** Asked each time: who is barred has no rights that others could use or finish asking for. */
  readonly isDisabled: (id: PrincipalId) => boolean;
  readonly nowMs: () => number;
}

/** Whether somebody may read requests, and what that was decided by. */
interface ReadDecision {
  readonly policies: PolicySet | undefined;
  readonly target: Target | undefined;
  readonly grants: ReturnType<AccessRightsParts['grants']['find']>;
  readonly isAllowed: boolean;
}

const DISABLED: Decision = { kind: 'deny', policyId: undefined, reason: 'the principal is barred' };

/** Decisions that are kept for one principal. */
const DECISIONS_MAX = 200;

/** Who may do what about requests and grants. */
export class AccessRights {
  readonly #parts: AccessRightsParts;
  /** By target and owner, for as long as somebody's sign-in is at hand. */
  readonly #readDecisions = new WeakMap<Principal, Map<string, ReadDecision>>();

  constructor(parts: AccessRightsParts) {
    this.#parts = parts;
  }

  /** Whether the word of an identity counts no more. */
  isBarred(id: PrincipalId): boolean {
    return this.#parts.isDisabled(id);
  }

  findTarget(name: string): Target | undefined {
    return this.#parts.targets().find((target) => target.name === name);
  }

  /** A target that is no longer configured is denied. */
  decide(principal: Principal, targetName: string, action: string, facts: Facts): Decision {
    const target = this.findTarget(targetName);
    if (target === undefined) {
      return { kind: 'deny', policyId: undefined, reason: 'the target is no longer configured' };
    }
    const grants = this.#parts.grants.find(principal.id, targetName);
    return this.#parts.policies.decideNow({
      principal,
      grants,
      target: describeTarget(target),
      action,
      facts,
    });
  }

  /** Actions on the gateway itself. */
  mayOnGateway(principal: Principal, action: string): boolean {
    const target: OperationTarget = {
      name: this.#parts.gatewayName(),
      kind: 'gateway',
      labels: {},
    };
    const { policies } = this.#parts;
    return policies.decideNow({ principal, target, action, facts: {} }).kind === 'allow';
  }

  /** Targets all of whose requests the actor may read. */
  listReadableTargets({ principal }: Actor): readonly string[] {
    return this.#parts
      .targets()
      .map(({ name }) => name)
      .filter((name) => this.mayReadOf(principal, name, ''));
  }

  /** One's own, what one may review, and what the policies permit. */
  mayRead(actor: Actor, candidate: Candidate, request: AccessRequest): boolean {
    if (isSamePerson(request.requester, candidate)) return true;
    const groups = new Set(groupsOf(candidate));
    if (request.rules.some((rule) => rule.groups.some((group) => groups.has(group)))) return true;
    return this.mayReadOf(actor.principal, request.target, request.requester.id);
  }

  /**
   * Whether the policies permit to read requests of an owner. Asked for each change by each page that is open:
   * what was decided holds while nothing it depends on is another.
   */
  mayReadOf(principal: Principal, targetName: string, owner: string): boolean {
    const { inForce: policies } = this.#parts.policies;
    const target = this.findTarget(targetName);
    const grants = this.#parts.grants.find(principal.id, targetName);
    let decisions = this.#readDecisions.get(principal);
    if (decisions === undefined || decisions.size >= DECISIONS_MAX) {
      decisions = new Map();
      this.#readDecisions.set(principal, decisions);
    }
    const key = JSON.stringify([targetName, owner]);
    const known = decisions.get(key);
    if (known !== undefined && known.policies === policies) {
      if (known.target === target && known.grants === grants) return known.isAllowed;
    }
    const isAllowed =
      this.decide(principal, targetName, 'request.read', { owner }).kind === 'allow';
    decisions.set(key, { policies, target, grants, isAllowed });
    return isAllowed;
  }

  /**
   * The actor as a reviewer: only people review. Delegations count for those groups that who gave them
   * was in at the last sign-in.
   */
  async findCandidate({ principal }: Pick<Actor, 'principal'>): Promise<Candidate> {
    const { id, person, kind, displayName: name } = principal;
    const identity = { id, person, name };
    if (kind !== 'person') return { ...identity, groups: [], delegations: [] };
    const groups = await this.#findGroups(principal);
    const running = await this.#parts.delegations.listRunningTo(identity, this.#parts.nowMs());
    const delegations: Delegation[] = [];
    for (const delegation of running) {
      if (this.#parts.isDisabled(delegation.from.id)) continue;
      const giver = await this.#parts.people.find(delegation.from.id);
      const current = delegation.groups.filter((group) => giver?.groups.includes(group));
      if (current.length > 0) delegations.push({ ...delegation, groups: current });
    }
    return { ...identity, groups, delegations };
  }

  /** The actor as a reviewer without delegations, where nothing has to be read for that; else undefined. */
  findOwnCandidate({ principal }: Pick<Actor, 'principal'>): Candidate | undefined {
    const { id, person, kind, displayName: name, signIn, groups } = principal;
    if (kind === 'person' && signIn === 'sallyport-token') return undefined;
    return { id, person, name, groups: kind === 'person' ? groups : [], delegations: [] };
  }

  /** A Sallyport token has the groups of its issue; what a sign-in since then lacks does not count. */
  async #findGroups({ id, signIn, groups }: Principal): Promise<readonly string[]> {
    if (signIn !== 'sallyport-token') return groups;
    const known = await this.#parts.people.find(id);
    return known === undefined ? groups : groups.filter((group) => known.groups.includes(group));
  }

  /** Decides anew what somebody asked for who is not there, with the groups known last. */
  decideAgain(
    requester: Requester,
    known: KnownPerson | undefined,
    question: AskedAgain,
  ): Decision {
    if (this.#parts.isDisabled(requester.id)) return DISABLED;
    const separator = requester.id.indexOf(':');
    const groups = requester.groups.filter((group) => known?.groups.includes(group) ?? true);
    const principal: Principal = {
      id: requester.id,
      issuer: requester.id.slice(0, separator),
      subject: requester.id.slice(separator + 1),
      kind: requester.kind,
      displayName: requester.name,
      groups,
      signIn: requester.signIn as Principal['signIn'],
      expiresAtMs: this.#parts.nowMs(),
      ...(requester.person !== undefined && { person: requester.person }),
    };
    return this.decide(principal, question.target, question.action, question.facts);
  }
}

interface AskedAgain {
  readonly target: string;
  readonly action: string;
  readonly facts: Facts;
}

/** All groups for which somebody may review, by itself or by a delegation. */
export function groupsOf({ groups, delegations }: Candidate): readonly string[] {
  return [...new Set([...groups, ...delegations.flatMap((delegation) => delegation.groups)])];
}
