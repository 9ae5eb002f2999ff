import type { AccessRequest, OperationRequest, Requester } from '../../access/access-request.ts';
import type { VisibleRequest } from '../../access/access-service.ts';
import type { Review } from '../../access/review.ts';
import type {
  AccessRequestView,
  AskedGrant,
  EarlierRequest,
  ReviewView,
} from '../../api/access-request.ts';
import type { Principal } from '../../identity/principal.ts';
import type { ControlPlaneServices, RevealedClasses } from '../services.ts';
import { NOBODY, showOperation, WRITER } from './show-operation.ts';

/** An access request as a reader may see it. @param reader Of the values in an operation. */
export function viewRequest(
  { request, reviewBar, mayWithdraw }: VisibleRequest,
  reader: RevealedClasses,
): AccessRequestView {
  return {
    ...describeRequest(request),
    mayReview: reviewBar === undefined,
    ...(reviewBar !== undefined && { reviewBar }),
    mayWithdraw,
    ...(request.kind === 'operation' && {
      ...(request.database !== '' && { database: request.database }),
      ...(request.account !== undefined && { account: request.account }),
      sessionId: request.sessionId,
      ...(request.guests && { typedBy: request.guests.map(({ id }) => id) }),
      operation: showOperation(request.operation, reader),
    }),
    ...(request.kind !== 'operation' && { grant: describeGrant(request) }),
  };
}

/** Of one request: sees the values of classes that policy reveals. What a requester wrote is theirs to read again. */
export function readerOf(
  { revealedClasses }: Pick<ControlPlaneServices, 'revealedClasses'>,
  principal: Principal,
  request: AccessRequest,
): RevealedClasses {
  if (request.requester.id === principal.id || request.kind !== 'operation') return WRITER;
  const { target, database, account = '' } = request;
  return revealedClasses({ principal, target, database, account });
}

/** Of a list: sees no values of others, as looking through a list is not entered in the ledger. */
export function listReaderOf(principal: Principal, { requester }: AccessRequest): RevealedClasses {
  return requester.id === principal.id ? WRITER : NOBODY;
}

/** Without what is asked for: what an answer to a change says. */
export function viewRequestState(
  request: AccessRequest,
): Omit<AccessRequestView, 'operation' | 'grant'> {
  return {
    ...describeRequest(request),
    mayReview: false,
    mayWithdraw: false,
  };
}

/** A line of the requests that somebody made before. */
export function viewEarlier(request: AccessRequest): EarlierRequest {
  return {
    id: request.id,
    kind: request.kind,
    state: request.state,
    target: request.target,
    createdAt: toIso(request.createdAtMs),
    subject:
      request.kind === 'operation' ? request.operation.actions.join(', ') : request.grant.name,
  };
}

function describeRequest(
  request: AccessRequest,
): Omit<AccessRequestView, 'mayReview' | 'mayWithdraw' | 'operation' | 'grant'> {
  const { end, justification } = request;
  return {
    id: request.id,
    kind: request.kind,
    state: request.state,
    requester: describeRequester(request.requester),
    target: request.target,
    createdAt: toIso(request.createdAtMs),
    expiresAt: toIso(request.expiresAtMs),
    ...(end && {
      end: {
        at: toIso(end.atMs),
        outcome: end.outcome,
        ...(end.reason !== undefined && { reason: end.reason }),
      },
    }),
    ...(justification !== undefined && { justification }),
    policy: request.policy,
    rules: request.rules,
    reviews: request.reviews.map(describeReview),
  };
}

function describeRequester(requester: Requester): AccessRequestView['requester'] {
  const { id, name, kind, groups, grants, signIn, clientAddress, applicationName } = requester;
  return { id, name, kind, groups, grants, signIn, clientAddress, applicationName };
}

function describeReview({ reviewer, verdict, comment, atMs, onBehalfOf }: Review): ReviewView {
  return {
    reviewer: { id: reviewer.id, name: reviewer.name },
    verdict,
    ...(comment !== '' && { comment }),
    at: toIso(atMs),
    ...(onBehalfOf && { onBehalfOf: { id: onBehalfOf.id, name: onBehalfOf.name } }),
  };
}

function describeGrant({ kind, grant }: Exclude<AccessRequest, OperationRequest>): AskedGrant {
  const grantId = kind === 'break-glass' ? grant.id : undefined;
  return {
    name: grant.name,
    durationSeconds: Math.round(grant.durationMs / 1_000),
    ...(grant.extends !== undefined && { extends: grant.extends }),
    ...(grantId !== undefined && { grantId }),
  };
}

function toIso(atMs: number): string {
  return new Date(atMs).toISOString();
}
