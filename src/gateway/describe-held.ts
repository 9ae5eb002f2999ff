import type { OperationRequest } from '../access/access-request.ts';
import type { EntryFields } from '../audit/ledger-port.ts';

/** The entry of an operation that waits for people, in the session that tried it. */
export function describeHeld(request: OperationRequest): EntryFields {
  const { id, requester, target, database, sessionId, operation, policy, rules } = request;
  const { justification, guests } = request;
  const { text, textSha256, actions, relations, classesTouched, at, changes } = operation;
  return {
    kind: 'review.request',
    session: sessionId,
    request: id,
    of: 'operation',
    place: at,
    principal: requester.id,
    ...(guests !== undefined && { guests: guests.map((guest) => guest.id) }),
    target,
    database,
    onReview: request.onReview,
    policies: policy.ids,
    policyVersion: policy.version,
    reason: policy.reason,
    rules,
    expiresAt: new Date(request.expiresAtMs).toISOString(),
    actions,
    relations,
    classes: classesTouched,
    ...(changes !== undefined && { changes: changes.map(countChanges) }),
    content: { digest: request.digest, justification, text, textSha256 },
  };
}

function countChanges(change: {
  readonly relation: string;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}): Readonly<Record<string, unknown>> {
  const { relation, inserted, updated, deleted } = change;
  return { relation, inserted, updated, deleted };
}
