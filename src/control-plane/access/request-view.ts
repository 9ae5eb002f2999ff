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
import type { ControlPlaneServices } from '../services.ts';
import { type Reader, seesAllTouched, showOperation } from './show-operation.ts';

type Services = Pick<ControlPlaneServices, 'revealedClasses'>;

/** An access request as one principal may see it. */
export function viewRequest(
  services: Services,
  reader: Principal,
  { request, reviewBar, mayWithdraw }: VisibleRequest,
): AccessRequestView {
  return {
    ...describeRequest(request),
    mayReview: reviewBar === undefined,
    ...(reviewBar !== undefined && { reviewBar }),
    mayWithdraw,
    ...(request.kind === 'operation' && {
      database: request.database,
      sessionId: request.sessionId,
      operation: showOperation(request.operation, readerOf(services, reader, request)),
    }),
    ...(request.kind !== 'operation' && { grant: describeGrant(request) }),
  };
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

/** What a requester wrote is theirs to read again. */
function readerOf(
  { revealedClasses }: Services,
  reader: Principal,
  { requester, target, database, operation }: OperationRequest,
): Reader {
  if (requester.id === reader.id) return { seesAll: true, revealed: new Set() };
  const revealed = revealedClasses({ principal: reader, target, database });
  return { seesAll: seesAllTouched(operation, revealed), revealed };
}

function toIso(atMs: number): string {
  return new Date(atMs).toISOString();
}
