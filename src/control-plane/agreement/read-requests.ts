import type { AccessRequest } from '../../access/access-request.ts';
import type {
  Actor,
  Page,
  RequestCounts,
  RequestFilter,
  VisibleRequest,
} from '../../access/access-service.ts';
import type { RequestQuery } from '../../access/access-store.ts';
import { type Candidate, findStanding } from '../../access/apply-review.ts';
import { isSamePerson } from '../../access/person.ts';
import { groupsOf } from './access-rights.ts';
import type { AgreementParts } from './agreement-parts.ts';

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 200;
/** Pages of the store that are looked through for one page of what somebody may see. */
const PAGES_MAX = 20;
/** Characters of what is asked for, after which a page ends: whoever lists is sent all of it. */
const LENGTH_MAX = 2 * 1024 * 1024;
/** More are not counted. */
const COUNT_MAX = 1_000;

/** Finds a request that the actor may read. */
export async function findRequest(
  parts: AgreementParts,
  actor: Actor,
  id: string,
): Promise<VisibleRequest | undefined> {
  const request = await parts.requests.find(id);
  if (request === undefined) return undefined;
  const candidate = await parts.rights.findCandidate(actor);
  if (!parts.rights.mayRead(actor, candidate, request)) return undefined;
  return describeTo(candidate, request, parts.nowMs());
}

/** Lists requests that the actor may read. */
export async function listRequests(
  parts: AgreementParts,
  actor: Actor,
  filter: RequestFilter,
): Promise<Page<VisibleRequest>> {
  const candidate = await parts.rights.findCandidate(actor);
  const limit = Math.min(Math.max(filter.limit ?? LIMIT_DEFAULT, 1), LIMIT_MAX);
  const query = toQuery(parts, actor, candidate, filter);
  const items: VisibleRequest[] = [];
  let { cursor } = filter;
  let length = 0;
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const wanted = limit - items.length;
    const page = await parts.requests.list({ ...query, cursor, limit: wanted });
    items.push(
      ...page.items
        .filter((request) => parts.rights.mayRead(actor, candidate, request))
        .map((request) => describeTo(candidate, request, parts.nowMs()))
        .filter(({ reviewBar }) => filter.reviewable !== true || reviewBar === undefined),
    );
    length += page.items.reduce((sum, request) => sum + lengthOf(request), 0);
    cursor = page.nextCursor;
    if (cursor === undefined || items.length >= limit || length >= LENGTH_MAX) break;
  }
  return { items, nextCursor: cursor };
}

/** Counts what the actor's first page shows. */
export async function countRequests(parts: AgreementParts, actor: Actor): Promise<RequestCounts> {
  const count = async (filter: RequestFilter): Promise<number> => {
    let found = 0;
    let cursor: string | undefined;
    do {
      const page = await listRequests(parts, actor, { ...filter, cursor, limit: LIMIT_MAX });
      found += page.items.length;
      cursor = page.nextCursor;
    } while (cursor !== undefined && found < COUNT_MAX);
    return found;
  };
  return {
    reviewable: await count({ reviewable: true }),
    own: await count({ mine: true, states: ['pending', 'approved'] }),
    unreviewed: await count({ states: ['unreviewed'] }),
  };
}

/** Characters of what was sent, of which a request is made but for a little. */
function lengthOf(request: AccessRequest): number {
  if (request.kind !== 'operation') return 0;
  const { text, parameters } = request.operation;
  return parameters.reduce((sum, parameter) => sum + (parameter.text?.length ?? 0), text.length);
}

function toQuery(
  { rights }: AgreementParts,
  actor: Actor,
  candidate: Candidate,
  filter: RequestFilter,
): Omit<RequestQuery, 'limit' | 'cursor'> {
  const { id } = actor.principal;
  const groups = groupsOf(candidate);
  const requesterId = filter.mine === true ? id : filter.requesterId;
  const waiting = ['pending', 'unreviewed'] as const;
  const states =
    filter.reviewable === true
      ? waiting.filter((state) => filter.states?.includes(state) ?? true)
      : filter.states;
  return {
    states,
    kinds: filter.kinds,
    requesterId,
    target: filter.target,
    sessionId: filter.sessionId,
    ...(filter.reviewable === true && { groups }),
    visibleTo: { principalId: id, groups, targets: rights.listReadableTargets(actor) },
  };
}

function describeTo(candidate: Candidate, request: AccessRequest, nowMs: number): VisibleRequest {
  const standing = findStanding(request, candidate, nowMs);
  return {
    request,
    reviewBar: typeof standing === 'string' ? standing : undefined,
    mayWithdraw:
      isSamePerson(request.requester, candidate) &&
      (request.state === 'pending' || request.state === 'approved'),
  };
}
