import type { Decision } from './decision.ts';

/**
 * One decision for things that happen together or not at all: the operations of a statement, the
 * statements of a message. The first deny wins, then review by everybody who has to, then allow.
 */
export function combineDecisions(decisions: readonly Decision[]): Decision {
  const denied = decisions.find(({ kind }) => kind === 'deny');
  if (denied !== undefined) return denied;
  const reviews = decisions.filter((decision) => decision.kind === 'review');
  if (reviews.length > 0) {
    const lifetimes = reviews.flatMap(({ expiresAfterMs }) => expiresAfterMs ?? []);
    return {
      kind: 'review',
      policyIds: unique(reviews.flatMap(({ policyIds }) => policyIds)),
      groups: unique(reviews.flatMap(({ groups }) => groups)),
      quorum: Math.max(...reviews.map(({ quorum }) => quorum)),
      reason: unique(reviews.map(({ reason }) => reason)).join('; '),
      ...(lifetimes.length > 0 && { expiresAfterMs: Math.min(...lifetimes) }),
    };
  }
  const allows = decisions.filter((decision) => decision.kind === 'allow');
  // Nothing asked, nothing allowed.
  if (allows.length === 0) {
    return { kind: 'deny', policyId: undefined, reason: 'there is nothing to decide' };
  }
  return {
    kind: 'allow',
    policyIds: unique(allows.flatMap(({ policyIds }) => policyIds)),
    obligations: allows.some(({ obligations }) => obligations.length > 0)
      ? [{ kind: 'record' }]
      : [],
  };
}

/** Frozen, as decisions are cached and shared. */
function unique(values: readonly string[]): readonly string[] {
  return Object.freeze([...new Set(values)]);
}
