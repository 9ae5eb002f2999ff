import type { BreakGlassAnswer, GrantRequestAnswer } from '../../access/access-service.ts';
import { type Grant, isInForce } from '../../access/grant.ts';
import type { GrantRequestSubmission } from '../../api/access-request.ts';
import type {
  EndReason,
  GrantExtension,
  GrantKindQuery,
  GrantQuery,
  GrantView,
} from '../../api/grant.ts';
import type { IdPath } from '../../api/identifiers.ts';
import type { Principal } from '../../identity/principal.ts';
import { type Answer, answerJson, answerProblem } from '../answer.ts';
import type { SignedInCall } from '../handler.ts';
import type { ControlPlaneServices } from '../services.ts';
import { actorOf } from './actor.ts';
import { viewRequestState } from './request-view.ts';

/** What can be asked for, and what would become of it. */
export async function listGrantKinds(
  { access }: ControlPlaneServices,
  call: SignedInCall,
): Promise<Answer> {
  const { target } = call.query as GrantKindQuery;
  const grantKinds = access
    .listGrantKinds(actorOf(call), target)
    .map(({ durationMaxMs, ...kind }) => ({
      ...kind,
      durationSecondsMax: Math.floor(durationMaxMs / 1_000),
    }));
  return answerJson({ grantKinds });
}

/** Lists what the asker may see, newest first. */
export async function listGrants(
  services: ControlPlaneServices,
  call: SignedInCall,
): Promise<Answer> {
  const page = await services.access.listGrants(actorOf(call), call.query as GrantQuery);
  return answerJson({
    grants: page.items.map((grant) => viewGrant(services, call.principal, grant)),
    nextCursor: page.nextCursor,
  });
}

/** Shows one grant. */
export async function getGrant(
  services: ControlPlaneServices,
  call: SignedInCall,
): Promise<Answer> {
  const grant = await services.access.findGrant(actorOf(call), (call.path as IdPath).id);
  return grant === undefined
    ? answerNoGrant()
    : answerJson(viewGrant(services, call.principal, grant));
}

/** Asks for a grant. */
export async function requestGrant(
  services: ControlPlaneServices,
  call: SignedInCall,
): Promise<Answer> {
  const wanted = readWanted(call.json as GrantRequestSubmission);
  const answer = await services.access.requestGrant(actorOf(call), wanted);
  return answerGrantRequest(services, call.principal, answer);
}

/** Takes a grant now. */
export async function breakGlass(
  services: ControlPlaneServices,
  call: SignedInCall,
): Promise<Answer> {
  const wanted = readWanted(call.json as GrantRequestSubmission);
  const answer = await services.access.takeBreakGlass(actorOf(call), wanted);
  return answerGrantRequest(services, call.principal, answer);
}

/** Asks that a grant lasts longer. */
export async function extendGrant(
  services: ControlPlaneServices,
  call: SignedInCall,
): Promise<Answer> {
  const { durationSeconds, reason } = call.json as GrantExtension;
  const more = { durationMs: durationSeconds * 1_000, reason };
  const answer = await services.access.extendGrant(actorOf(call), (call.path as IdPath).id, more);
  return answerGrantRequest(services, call.principal, answer);
}

/** Ends a grant before its time. */
export async function revokeGrant(
  services: ControlPlaneServices,
  call: SignedInCall,
): Promise<Answer> {
  const { reason } = call.json as EndReason;
  const answer = await services.access.revokeGrant(actorOf(call), (call.path as IdPath).id, reason);
  switch (answer.kind) {
    case 'revoked':
      return answerJson(viewGrant(services, call.principal, answer.grant));
    case 'not-found':
      return answerNoGrant();
    case 'denied':
      return answerProblem('refused', answer.reason);
    case 'ended':
      return answerProblem('conflict', 'the grant has ended');
  }
}

/** A grant as one principal may see it. */
function viewGrant(
  { nowMs, authorize }: Pick<ControlPlaneServices, 'nowMs' | 'authorize'>,
  principal: Principal,
  grant: Grant,
): GrantView {
  const inForce = isInForce(grant, nowMs());
  const { holder, target, end } = grant;
  const mayRevoke = (): boolean =>
    holder.id === principal.id ||
    authorize({
      action: 'grant.revoke',
      principal,
      target,
      owner: holder.id,
      grant: grant.name,
    }).kind === 'allow';
  return {
    id: grant.id,
    name: grant.name,
    principal: { id: holder.id, name: holder.name },
    target,
    state: inForce ? 'active' : 'ended',
    reason: grant.reason,
    startsAt: toIso(grant.startsAtMs),
    endsAt: toIso(grant.endsAtMs),
    ...(end
      ? {
          end: {
            kind: end.cause,
            at: toIso(end.atMs),
            ...(end.by && { by: { id: end.by.id, name: end.by.name } }),
            comment: end.comment,
          },
        }
      : // It ends by time whether or not somebody has written that down.
        !inForce && { end: { kind: 'expired', at: toIso(grant.endsAtMs), comment: '' } }),
    ...(grant.requestId !== undefined && { requestId: grant.requestId }),
    breakGlass: grant.breakGlass,
    mayRevoke: inForce && mayRevoke(),
  };
}

function readWanted({ grant, target, durationSeconds, reason }: GrantRequestSubmission) {
  return { grant, target, durationMs: durationSeconds * 1_000, reason };
}

function answerGrantRequest(
  services: ControlPlaneServices,
  principal: Principal,
  answer: GrantRequestAnswer | BreakGlassAnswer,
): Answer {
  switch (answer.kind) {
    case 'waiting':
      return answerJson({ outcome: 'waiting', request: viewRequestState(answer.request) });
    case 'granted':
      return answerJson({
        outcome: 'granted',
        grant: viewGrant(services, principal, answer.grant),
      });
    case 'taken':
      return answerJson({
        outcome: 'granted',
        request: viewRequestState(answer.request),
        grant: viewGrant(services, principal, answer.grant),
      });
    case 'ended':
      return answerProblem('conflict', 'the grant has ended', 'Ask for a new one.');
    case 'not-found':
      return answerProblem('not-found', 'there is no such grant or target');
    case 'denied':
      return answerProblem('refused', answer.reason);
    case 'too-long':
      return answerProblem(
        'bad-request',
        `the grant lasts ${Math.floor(answer.durationMaxMs / 60_000)} minutes at most`,
      );
    case 'reason-required':
      return answerProblem('bad-request', 'to ask for a grant needs a reason');
    case 'too-many':
      return answerProblem(
        'too-many-requests',
        `${answer.waitingMax} of your access requests wait already`,
        'Withdraw some, or wait for their review.',
      );
  }
}

function answerNoGrant(): Answer {
  return answerProblem('not-found', 'there is no such grant');
}

function toIso(atMs: number): string {
  return new Date(atMs).toISOString();
}
