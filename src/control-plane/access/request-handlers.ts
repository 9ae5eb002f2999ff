import type { RequestFilter, ReviewAnswer, ReviewBar } from '../../access/access-service.ts';
import type { AccessRequestQuery, ReviewSubmission } from '../../api/access-request.ts';
import type { IdPath } from '../../api/identifiers.ts';
import { type Answer, answerJson, answerProblem } from '../answer.ts';
import type { SignedInCall } from '../handler.ts';
import type { ControlPlaneServices } from '../services.ts';
import { actorOf } from './actor.ts';
import {
  listReaderOf,
  readerOf,
  viewEarlier,
  viewRequest,
  viewRequestState,
} from './request-view.ts';
import { readSessionSoFar } from './session-so-far.ts';

/** Earlier requests of the same requester that a reviewer is shown. */
const EARLIER_MAX = 10;

/** Lists what the asker may read, newest first. */
export async function listRequests(
  services: ControlPlaneServices,
  call: SignedInCall,
): Promise<Answer> {
  const query = call.query as AccessRequestQuery;
  const page = await services.access.listRequests(actorOf(call), readFilter(query));
  return answerJson({
    requests: page.items.map((item) =>
      viewRequest(item, listReaderOf(call.principal, item.request)),
    ),
    nextCursor: page.nextCursor,
  });
}

/** Shows one request, with what its requester and its session did before. */
export async function getRequest(
  services: ControlPlaneServices,
  call: SignedInCall,
): Promise<Answer> {
  const actor = actorOf(call);
  const found = await services.access.findRequest(actor, (call.path as IdPath).id);
  if (found === undefined) return answerNoRequest();
  const { request } = found;
  const [earlier, sessionSoFar] = await Promise.all([
    services.access.listRequests(actor, {
      requesterId: request.requester.id,
      limit: EARLIER_MAX + 1,
    }),
    request.kind === 'operation' ? readSessionSoFar(services, call, request) : [],
  ]);
  return answerJson({
    ...viewRequest(found, readerOf(services, call.principal, request)),
    earlier: earlier.items
      .map((item) => item.request)
      .filter(({ id, createdAtMs }) => id !== request.id && createdAtMs <= request.createdAtMs)
      .slice(0, EARLIER_MAX)
      .map(viewEarlier),
    sessionSoFar,
  });
}

/** One person's verdict. Whether it counts is the access service's to say. */
export async function reviewRequest(
  { access }: ControlPlaneServices,
  call: SignedInCall,
): Promise<Answer> {
  const { id } = call.path as IdPath;
  const answer = await access.review(actorOf(call), id, call.json as ReviewSubmission);
  return answer.kind === 'reviewed'
    ? answerJson(viewRequestState(answer.request))
    : answerReviewRefused(answer);
}

/** Takes back one's own request. */
export async function withdrawRequest(
  { access }: ControlPlaneServices,
  call: SignedInCall,
): Promise<Answer> {
  const answer = await access.withdraw(actorOf(call), (call.path as IdPath).id);
  switch (answer.kind) {
    case 'withdrawn':
      return answerJson(viewRequestState(answer.request));
    case 'not-found':
      return answerNoRequest();
    case 'not-yours':
      return answerProblem('refused', 'the access request is not yours');
    case 'over':
      return answerProblem('conflict', `the access request is ${answer.state}`);
  }
}

function readFilter(query: AccessRequestQuery): RequestFilter {
  const { state, kind, requester, session, ...rest } = query;
  return {
    ...rest,
    ...(state && { states: [state] }),
    ...(kind && { kinds: [kind] }),
    requesterId: requester,
    sessionId: session,
  };
}

function answerNoRequest(): Answer {
  return answerProblem('not-found', 'there is no such access request');
}

function answerReviewRefused(answer: Exclude<ReviewAnswer, { kind: 'reviewed' }>): Answer {
  switch (answer.kind) {
    case 'not-found':
      return answerNoRequest();
    case 'comment-required':
      return answerProblem(
        'bad-request',
        'to reject needs a comment',
        'Say why, for the requester.',
      );
    case 'comment-too-long':
      return answerProblem(
        'bad-request',
        `the comment is longer than ${answer.lengthMax} characters`,
      );
    case 'over':
      return answerProblem(
        'conflict',
        `the access request is ${answer.state}`,
        'Its first outcome stands.',
      );
    case 'barred':
      return answerProblem(BAR_CODE[answer.bar], BAR_TITLE[answer.bar]);
  }
}

type Bar = Exclude<ReviewBar, 'over'>;

const BAR_CODE: Readonly<Record<Bar, 'refused' | 'conflict'>> = {
  'not-a-reviewer': 'refused',
  'own-request': 'refused',
  'already-reviewed': 'conflict',
  'delegator-reviewed': 'conflict',
};

const BAR_TITLE: Readonly<Record<Bar, string>> = {
  'not-a-reviewer': 'you are in none of the groups that may review it',
  'own-request': 'nobody reviews an own request, by whatever identity',
  'already-reviewed': 'you have reviewed it already',
  'delegator-reviewed': 'whose place you take has reviewed it already',
};
