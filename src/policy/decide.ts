import type { EntityJson, TypeAndId } from '@cedar-policy/cedar-wasm/nodejs';

import type { Principal } from '../identity/principal.ts';
import { combineReviews } from './combine-decisions.ts';
import type { Decision, Obligation, ReviewedDecision } from './decision.ts';
import { type CedarRequest, evaluate } from './evaluator.ts';
import type { Facts, Operation, OperationTarget } from './operation.ts';
import type { Policy, PolicySet } from './policy-set.ts';

/** What actions on statements, and in SSH sessions, begin with. */
const OPERATIONS = /^(?:sql|ssh|http|grpc|graphql|k8s)\./;
const NONE: readonly Obligation[] = Object.freeze([]);
const RECORD_RAW: readonly Obligation[] = Object.freeze([{ kind: 'record', track: 'raw' }]);

/** Shown when no permit covers an operation. */
export const NO_PERMIT_REASON = 'no policy permits it';

/** Shown when a forbid without `@reason` decided. */
export const FORBIDDEN_REASON = 'a policy forbids it';

/** Shown when the question or a policy could not be evaluated. */
export const CANNOT_EVALUATE_REASON = 'a policy could not be evaluated';

/**
 * Decides one operation: denied unless a permit covers it and no forbid does.
 *
 * Forbids that people can lift make it `review` only if nothing else stands in the way: no other
 * forbid applies and a permit exists. Costs about 100 µs; callers cache (`DecisionCache`). Nothing
 * but the arguments matters, the time does not.
 */
export function decide(policySet: PolicySet, operation: Operation): Decision {
  const request = buildRequest(operation);
  if (request === undefined) return deny(undefined, CANNOT_EVALUATE_REASON);
  const answer = evaluate(policySet.everything, request);
  if (answer.kind === 'failed') return deny(answer.policyId, CANNOT_EVALUATE_REASON);
  if (answer.kind === 'allow') {
    const { policyIds } = answer;
    const obligations = findObligations(policySet, policyIds);
    return { kind: 'allow', policyIds: policyIds.toSorted(), obligations };
  }
  if (answer.policyIds.length === 0) return deny(undefined, NO_PERMIT_REASON);

  const forbids = findPolicies(policySet, answer.policyIds);
  if (forbids.length !== answer.policyIds.length) return deny(undefined, CANNOT_EVALUATE_REASON);
  const absolute = forbids.find(({ review }) => review === undefined);
  if (absolute !== undefined) return deny(absolute.id, absolute.reason ?? FORBIDDEN_REASON);

  const otherwise = evaluate(policySet.withoutReviews, request);
  if (otherwise.kind === 'failed') return deny(otherwise.policyId, CANNOT_EVALUATE_REASON);
  if (otherwise.kind === 'deny') return deny(undefined, NO_PERMIT_REASON);
  return describeReview(forbids, findObligations(policySet, otherwise.policyIds));
}

/** What the permits that cover an operation ask for: that one of them does not ask frees nobody. */
function findObligations(
  policySet: PolicySet,
  permitIds: readonly string[],
): readonly Obligation[] {
  return permitIds.some((id) => policySet.policies.get(id)?.record === 'raw') ? RECORD_RAW : NONE;
}

function describeReview(forbids: readonly Policy[], obligations: readonly Obligation[]): Decision {
  return combineReviews(
    forbids.flatMap(({ id, reason = FORBIDDEN_REASON, review }): readonly ReviewedDecision[] => {
      if (review === undefined) return [];
      const { groups, quorum, at, expiresAfterMs } = review;
      return [
        {
          kind: 'review',
          policyIds: [id],
          rules: [{ groups, quorum }],
          groups,
          quorum,
          at,
          reason,
          ...(obligations.length > 0 && { obligations }),
          ...(expiresAfterMs !== undefined && { expiresAfterMs }),
        },
      ];
    }),
  );
}

/** In the order of the set, so that the same operation always gets the same reason. */
function findPolicies(policySet: PolicySet, ids: readonly string[]): readonly Policy[] {
  return [...policySet.policies.values()].filter(({ id }) => ids.includes(id));
}

function deny(policyId: string | undefined, reason: string): Decision {
  return { kind: 'deny', policyId, reason };
}

/** Undefined for facts that Cedar could take for something else than they are. */
function buildRequest(operation: Operation): CedarRequest | undefined {
  const { principal, grants = [], target, action, dataClass, patientsToday = 0 } = operation;
  const counts = OPERATIONS.test(action) ? { patientsToday } : {};
  const context = buildContext({ ...counts, ...operation.facts });
  if (context === undefined) return undefined;
  const who = describePrincipal(principal, grants);
  const where = describeTarget(target);
  const what = dataClass === undefined ? where : describeDataClass(dataClass, target, where);
  return {
    principal: who.uid,
    action: { type: 'Action', id: action },
    resource: what.uid,
    context,
    entities: what === where ? [who, where] : [who, where, what],
  };
}

interface Entity extends EntityJson {
  uid: TypeAndId;
}

/** Groups are only ever parents of type Group: what a claim says cannot name another entity. */
function describePrincipal(principal: Principal, grants: readonly string[]): Entity {
  return {
    uid: { type: principal.kind === 'person' ? 'User' : 'Workload', id: principal.id },
    attrs: {
      id: principal.id,
      issuer: principal.issuer,
      subject: principal.subject,
      signIn: principal.signIn,
    },
    parents: [
      ...principal.groups.map((group) => ({ type: 'Group', id: group })),
      ...grants.map((grant) => ({ type: 'Grant', id: grant })),
    ],
  };
}

function describeTarget({ name, kind, labels }: OperationTarget): Entity {
  if (kind === 'gateway') {
    return { uid: { type: 'Gateway', id: name }, attrs: { name }, parents: [] };
  }
  return {
    uid: { type: 'Target', id: name },
    attrs: { name, kind },
    parents: [],
    tags: { ...labels },
  };
}

/** Its id holds the target's name, so that policies can name one class of one target. */
function describeDataClass(name: string, target: OperationTarget, where: Entity): Entity {
  return {
    uid: { type: 'DataClass', id: `${target.name}/${name}` },
    attrs: { name },
    parents: [where.uid],
  };
}

function buildContext(facts: Facts): CedarRequest['context'] | undefined {
  const context: Record<string, boolean | number | string | string[]> = {};
  for (const [name, fact] of Object.entries(facts)) {
    if (typeof fact === 'number') {
      if (!Number.isSafeInteger(fact)) return undefined;
      context[name] = fact;
    } else if (typeof fact === 'string') {
      context[name] = name === 'clientAddress' ? formatAddress(fact) : fact;
    } else {
      context[name] = typeof fact === 'boolean' ? fact : [...fact];
    }
  }
  return context;
}

/** Cedar takes neither IPv4 written as IPv6 nor a zone. */
function formatAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
}
