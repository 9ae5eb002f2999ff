import type { DelegateAnswer } from '../../access/access-service.ts';
import { type Delegation, isRunning } from '../../access/delegation.ts';
import type {
  DelegationQuery,
  DelegationSubmission,
  DelegationView,
} from '../../api/delegation.ts';
import type { IdPath } from '../../api/identifiers.ts';
import { type Answer, answerJson, answerProblem } from '../answer.ts';
import type { SignedInCall } from '../handler.ts';
import type { ControlPlaneServices } from '../services.ts';
import { actorOf } from './actor.ts';

/** Lists what the asker may see, newest first. */
export async function listDelegations(
  services: ControlPlaneServices,
  call: SignedInCall,
): Promise<Answer> {
  const { running } = call.query as DelegationQuery;
  const found = await services.access.listDelegations(actorOf(call), { running });
  return answerJson({ delegations: found.map((one) => viewDelegation(services, call, one)) });
}

/** Lets another person review in the asker's place. */
export async function createDelegation(
  services: ControlPlaneServices,
  call: SignedInCall,
): Promise<Answer> {
  const { to, groups, durationSeconds, reason } = call.json as DelegationSubmission;
  const answer = await services.access.delegate(actorOf(call), {
    to,
    groups: groups ?? call.principal.groups,
    durationMs: durationSeconds * 1_000,
    reason,
  });
  return answer.kind === 'delegated'
    ? answerJson(viewDelegation(services, call, answer.delegation))
    : answerNotDelegated(answer);
}

/** Ends a delegation before its time. */
export async function endDelegation(
  services: ControlPlaneServices,
  call: SignedInCall,
): Promise<Answer> {
  const answer = await services.access.endDelegation(actorOf(call), (call.path as IdPath).id);
  return answer.kind === 'ended'
    ? answerJson(viewDelegation(services, call, answer.delegation))
    : answerProblem('not-found', 'there is no such delegation');
}

function answerNotDelegated(answer: Exclude<DelegateAnswer, { kind: 'delegated' }>): Answer {
  switch (answer.kind) {
    case 'unknown-person':
      return answerProblem(
        'bad-request',
        'nobody who signed in has this id',
        'Who is to review has to sign in once before.',
      );
    case 'to-oneself':
      return answerProblem('bad-request', 'nobody can delegate to themselves');
    case 'not-your-groups':
      return answerProblem('refused', 'you are not in all of these groups');
    case 'too-long':
      return answerProblem(
        'bad-request',
        `a delegation lasts ${Math.floor(answer.durationMaxMs / 86_400_000)} days at most`,
      );
    case 'reason-required':
      return answerProblem('bad-request', 'to delegate needs a reason');
  }
}

function viewDelegation(
  { nowMs }: ControlPlaneServices,
  { principal }: SignedInCall,
  delegation: Delegation,
): DelegationView {
  const { id, from, to, groups, reason, startsAtMs, endsAtMs, endedAtMs } = delegation;
  const running = isRunning(delegation, nowMs());
  return {
    id,
    from: { id: from.id, name: from.name },
    to: { id: to.id, name: to.name },
    groups,
    reason,
    state: running ? 'running' : 'ended',
    startsAt: new Date(startsAtMs).toISOString(),
    endsAt: new Date(endsAtMs).toISOString(),
    ...(endedAtMs !== undefined && { endedAt: new Date(endedAtMs).toISOString() }),
    mayEnd: running && (from.id === principal.id || to.id === principal.id),
  };
}
