import { OWN_PATH_PREFIX } from '../../configuration/web-target-settings.ts';
import type { HttpRequestHead } from './exchange.ts';
import type { FindReview, ReviewStanding } from './exchange-context.ts';
import type { HttpSession } from './http-session.ts';
import { describeWaiting } from './http-words.ts';
import type { Problem } from './problem.ts';

const REQUESTS = `${OWN_PATH_PREFIX}/requests/`;

/** Whether the gateway answers there itself, and no target is asked. */
export function isOwnPath(path: string): boolean {
  return path === OWN_PATH_PREFIX || path.startsWith(`${OWN_PATH_PREFIX}/`);
}

/** Where a client finds out how a review stands that it asked for. */
export function requestPath(requestId: string): string {
  return REQUESTS + requestId;
}

/** Answers what is the gateway's own: how a review of this very principal stands. */
export async function answerOwnPath(
  { path, method }: HttpRequestHead,
  { session, service }: HttpSession,
  findReview: FindReview,
): Promise<Problem> {
  const isAsked = path.startsWith(REQUESTS) && (method === 'GET' || method === 'HEAD');
  const requestId = path.slice(REQUESTS.length);
  const standing = isAsked ? await findReview(requestId, session.principal.id) : undefined;
  if (standing === undefined) {
    return { status: 404, title: 'Not found', detail: 'You asked for no such review.' };
  }
  const location = `${service.pathPrefix}${path}`;
  return standing.state === 'pending'
    ? describeWaiting({ requestId, expiresAtMs: standing.expiresAtMs }, location)
    : { status: 200, ...OUTCOMES[standing.state], requestId };
}

const OUTCOMES: Readonly<
  Record<Exclude<ReviewStanding['state'], 'pending'>, Pick<Problem, 'title' | 'detail'>>
> = {
  approved: {
    title: 'Approved',
    detail: 'Send the same request again: it is passed on, once.',
  },
  used: { title: 'Used', detail: 'The request was approved and passed on.' },
  rejected: { title: 'Rejected', detail: 'The request was rejected in review.' },
  expired: {
    title: 'Expired',
    detail: 'Nobody reviewed the request in time. Send it again to ask again.',
  },
  withdrawn: {
    title: 'Withdrawn',
    detail: 'The review was withdrawn. Send the request again to ask again.',
  },
};
