import type {
  AccessRequest,
  BreakGlassRequest,
  GrantRequest,
} from '../../access/access-request.ts';
import type { Actor } from '../../access/access-service.ts';
import type { Delegation } from '../../access/delegation.ts';
import type { Grant } from '../../access/grant.ts';
import type { Review } from '../../access/review.ts';
import type { EntryFields } from '../../audit/ledger-port.ts';

/** The entry of a grant that is asked for. */
export function describeGrantRequest(
  { id, requester, target, grant, policy, rules, justification, expiresAtMs }: GrantRequest,
  { via, clientAddress }: Actor,
): EntryFields {
  return {
    kind: 'review.request',
    request: id,
    of: 'grant',
    principal: requester.id,
    target,
    grant: grant.name,
    durationMs: grant.durationMs,
    ...(grant.extends !== undefined && { extends: grant.extends }),
    policies: policy.ids,
    policyVersion: policy.version,
    reason: policy.reason,
    rules,
    expiresAt: new Date(expiresAtMs).toISOString(),
    via,
    clientAddress,
    content: { justification },
  };
}

/** The entry of one person's verdict. */
export function describeVerdict(
  request: AccessRequest,
  review: Review,
  { via, clientAddress }: Actor,
): EntryFields {
  const { id, reviewer, verdict, comment, onBehalfOf } = review;
  return {
    kind: 'review.verdict',
    request: request.id,
    of: request.kind,
    review: id,
    verdict,
    reviewer: reviewer.id,
    reviewerName: reviewer.name,
    reviewerGroups: reviewer.groups,
    ...(reviewer.person !== undefined && { person: reviewer.person }),
    ...(onBehalfOf !== undefined && {
      onBehalfOf: onBehalfOf.id,
      delegation: onBehalfOf.delegationId,
    }),
    principal: request.requester.id,
    target: request.target,
    ...(request.kind === 'operation' && { ofSession: request.sessionId }),
    // What it is after this verdict.
    state: request.state,
    via,
    clientAddress,
    content: { comment, ...(request.kind === 'operation' && { digest: request.digest }) },
  };
}

/** The entry of a grant that begins. */
export function describeGrantStart(grant: Grant, approvedBy: readonly string[]): EntryFields {
  return {
    kind: 'grant.start',
    ...identify(grant),
    ...(grant.requestId !== undefined && { request: grant.requestId }),
    endsAt: new Date(grant.endsAtMs).toISOString(),
    approvedBy,
    content: { reason: grant.reason },
  };
}

/** The entry of a grant that will last longer. */
export function describeExtension(
  grant: Grant,
  endsAtMs: number,
  approvedBy: readonly string[],
): EntryFields {
  return {
    kind: 'grant.extend',
    ...identify(grant),
    endsAt: new Date(endsAtMs).toISOString(),
    approvedBy,
  };
}

/** The entry of a grant that somebody ends. */
export function describeRevocation(grant: Grant, actor: Actor, comment: string): EntryFields {
  return {
    kind: 'grant.revoke',
    ...identify(grant),
    by: actor.principal.id,
    via: actor.via,
    clientAddress: actor.clientAddress,
    content: { comment },
  };
}

/** The entry of a grant whose time is over. */
export function describeGrantEnd(grant: Grant, cause: 'expired'): EntryFields {
  return { kind: 'grant.end', ...identify(grant), cause };
}

/** The entry of a grant taken without asking. */
export function describeBreakGlass(
  request: BreakGlassRequest,
  grant: Grant,
  { actor, alert }: { readonly actor: Actor; readonly alert: readonly string[] },
): EntryFields {
  return {
    kind: 'break-glass',
    ...identify(grant),
    request: request.id,
    endsAt: new Date(grant.endsAtMs).toISOString(),
    policies: request.policy.ids,
    policyVersion: request.policy.version,
    rules: request.rules,
    alert,
    via: actor.via,
    clientAddress: actor.clientAddress,
    content: { reason: grant.reason },
  };
}

/** The entry of a delegation that begins or ends. */
export function describeDelegation(
  kind: 'delegation.start' | 'delegation.end',
  { id, from, to, groups, endsAtMs, reason }: Delegation,
  actor: Actor,
): EntryFields {
  return {
    kind,
    delegation: id,
    from: from.id,
    to: to.id,
    groups,
    endsAt: new Date(endsAtMs).toISOString(),
    by: actor.principal.id,
    via: actor.via,
    clientAddress: actor.clientAddress,
    content: { reason },
  };
}

function identify({ id, name, holder, target }: Grant): Readonly<Record<string, unknown>> {
  return { grant: id, name, principal: holder.id, target };
}
