import type { Decision, Obligation, ReviewDemand, ReviewedDecision } from './decision.ts';

/**
 * One decision for things that happen together or not at all: the operations of a statement, the
 * statements of a message. The first deny wins, then review by everybody who has to, then allow.
 */
export function combineDecisions(decisions: readonly Decision[]): Decision {
  const denied = decisions.find(({ kind }) => kind === 'deny');
  if (denied !== undefined) return denied;
  const reviews = decisions.filter((decision) => decision.kind === 'review');
  if (reviews.length > 0) return combineReviews(reviews);
  const allows = decisions.filter((decision) => decision.kind === 'allow');
  // Nothing asked, nothing allowed.
  if (allows.length === 0) {
    return { kind: 'deny', policyId: undefined, reason: 'there is nothing to decide' };
  }
  return {
    kind: 'allow',
    policyIds: unique(allows.flatMap(({ policyIds }) => policyIds)),
    obligations: combineObligations(allows),
  };
}

/** One review for several. It takes place at COMMIT only if that is where each of them would. */
export function combineReviews(reviews: readonly ReviewedDecision[]): ReviewedDecision {
  const obligations = combineObligations(reviews);
  const lifetimes = reviews.flatMap(({ expiresAfterMs }) => expiresAfterMs ?? []);
  return {
    kind: 'review',
    policyIds: unique(reviews.flatMap(({ policyIds }) => policyIds)),
    rules: mergeDemands(reviews.flatMap(({ rules }) => rules)),
    groups: unique(reviews.flatMap(({ groups }) => groups)),
    quorum: Math.max(...reviews.map(({ quorum }) => quorum)),
    at: reviews.every(({ at }) => at === 'commit') ? 'commit' : 'statement',
    reason: unique(reviews.map(({ reason }) => reason)).join('; '),
    ...(obligations.length > 0 && { obligations }),
    ...(lifetimes.length > 0 && { expiresAfterMs: Math.min(...lifetimes) }),
  };
}

/** There is one kind: what one asks for, all do. */
function combineObligations(
  decisions: readonly { readonly obligations?: readonly Obligation[] }[],
): readonly Obligation[] {
  return decisions.find(({ obligations = [] }) => obligations.length > 0)?.obligations ?? [];
}

/** One demand for each set of groups: the larger quorum fulfils the smaller. */
function mergeDemands(demands: readonly ReviewDemand[]): readonly ReviewDemand[] {
  const merged = new Map<string, ReviewDemand>();
  for (const demand of demands) {
    const key = JSON.stringify(demand.groups.toSorted());
    const known = merged.get(key);
    if (known === undefined || known.quorum < demand.quorum) merged.set(key, demand);
  }
  return Object.freeze([...merged.values()]);
}

/** Frozen, as decisions are cached and shared. */
function unique(values: readonly string[]): readonly string[] {
  return Object.freeze([...new Set(values)]);
}
