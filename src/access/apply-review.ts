import assert from 'node:assert/strict';
import type { PrincipalId } from '../identity/principal.ts';
import type { ReviewDemand } from '../policy/decision.ts';
import type { AccessRequest, RequestEnd } from './access-request.ts';
import { type Delegation, isRunning } from './delegation.ts';
import { isBlank } from './is-blank.ts';
import { type Identified, isSamePerson } from './person.ts';
import type { DelegatedReviewer, Review, Verdict } from './review.ts';

/** Who would review, as their sign-in says at that moment. */
export interface Candidate extends Identified {
  readonly name: string;
  readonly groups: readonly string[];
  /** Delegations to the candidate. Their `groups` are those that who gave them is in at present. */
  readonly delegations: readonly Delegation[];
}

/** In what place somebody reviews. */
export interface Standing {
  /** Of the request's groups. Never empty. */
  readonly groups: readonly string[];
  /** Undefined for who is a member of the groups. */
  readonly onBehalfOf: DelegatedReviewer | undefined;
}

/** Why somebody's verdict on a request does not count. */
export type Bar =
  | 'over'
  | 'own-request'
  | 'already-reviewed'
  | 'delegator-reviewed'
  | 'not-a-reviewer';

/** Whether an identity is barred from everything at that moment. */
export type IsBarred = (id: PrincipalId) => boolean;

/** Says in what place a candidate may review a request, or why not. */
export function findStanding(
  request: AccessRequest,
  candidate: Candidate,
  nowMs: number,
): Standing | Bar {
  if (!isReviewable(request, nowMs)) return 'over';
  if (isOwn(request, candidate)) return 'own-request';
  if (hasReviewed(request, candidate)) return 'already-reviewed';
  const standings: Standing[] = [];
  const own = groupsOf(request, candidate.groups);
  if (own.length > 0) standings.push({ groups: own, onBehalfOf: undefined });
  let bar: Bar = 'not-a-reviewer';
  for (const delegation of candidate.delegations) {
    const groups = groupsOf(request, delegation.groups);
    if (groups.length === 0 || !isRunning(delegation, nowMs)) continue;
    if (!isSamePerson(delegation.to, candidate)) continue;
    const { id, person, name } = delegation.from;
    // Whoever stands in for somebody may do what that person may: not review that person's request.
    if (isOwn(request, delegation.from)) {
      bar = 'own-request';
    } else if (hasReviewed(request, delegation.from)) {
      bar = 'delegator-reviewed';
    } else {
      standings.push({ groups, onBehalfOf: { delegationId: delegation.id, id, person, name } });
    }
  }
  // The place in which the verdict brings the request on; one's own before another's.
  const open = findOpenRules(request);
  const useful = standings.find(({ groups }) => open.some((rule) => counts(groups, rule)));
  return useful ?? standings[0] ?? bar;
}

/** Whether somebody asked for it, or typed it. */
function isOwn(request: AccessRequest, candidate: Identified): boolean {
  const guests = request.kind === 'operation' ? (request.guests ?? []) : [];
  return [request.requester, ...guests].some((one) => isSamePerson(one, candidate));
}

/** Whether a verdict would still make a difference. */
export function isReviewable(request: AccessRequest, nowMs: number): boolean {
  // What was taken without asking has to be looked at, however late.
  if (request.kind === 'break-glass') return request.state === 'unreviewed';
  return request.state === 'pending' && nowMs < request.expiresAtMs;
}

/**
 * Adds a review to a request. The first rejection ends it; the approval that fulfils the last rule
 * approves it. The reviewer must have a standing.
 *
 * @param isBarred Default: nobody is.
 */
export function applyReview<Request extends AccessRequest>(
  request: Request,
  review: Review,
  isBarred?: IsBarred,
): Request {
  assert(isReviewable(request, review.atMs), 'the request waits for reviews');
  assert(review.verdict === 'approve' || review.comment !== '', 'who rejects says why');
  const reviewed = { ...request, reviews: [...request.reviews, review] };
  if (review.verdict === 'reject') return rejectRequest(reviewed, review.atMs);
  const open = findOpenRules(reviewed, isBarred);
  return open.length > 0 ? reviewed : approveRequest(reviewed, review.atMs);
}

/**
 * The rules that want more approvals.
 *
 * @param isBarred An approval by whoever is barred meanwhile, or in the place of somebody who is, counts no more: it may
 * not have been theirs. Default: nobody is.
 */
export function findOpenRules(
  { rules, reviews }: Pick<AccessRequest, 'rules' | 'reviews'>,
  isBarred: IsBarred = () => false,
): readonly ReviewDemand[] {
  const approvals = reviews.filter(
    ({ verdict, reviewer, onBehalfOf }) =>
      verdict === 'approve' &&
      !isBarred(reviewer.id) &&
      (onBehalfOf === undefined || !isBarred(onBehalfOf.id)),
  );
  return rules.filter((rule) => {
    // One verdict for each person was let in: counting them counts persons.
    const persons = approvals.filter(({ reviewer }) => counts(reviewer.groups, rule));
    return persons.length < rule.quorum;
  });
}

/** Ends a request without its reviews. Undefined if it is over, or already began to be used. */
export function endRequest<Request extends AccessRequest>(
  request: Request,
  end: RequestEnd & { readonly outcome: 'expired' | 'withdrawn' },
): Request | undefined {
  if (request.state !== 'pending' && request.state !== 'approved') return undefined;
  if (end.outcome === 'expired' && end.atMs < request.expiresAtMs) return undefined;
  return { ...request, state: end.outcome, end };
}

/** Whether an approval may be used for an operation, once, at an instant. */
export function isUsable(request: AccessRequest, digest: string, nowMs: number): boolean {
  return (
    request.kind === 'operation' &&
    request.state === 'approved' &&
    request.digest === digest &&
    nowMs < request.expiresAtMs
  );
}

/** Marks an approval as used up. */
export function useApproval<Request extends AccessRequest>(
  request: Request,
  atMs: number,
): Request {
  assert(request.kind === 'operation' && request.state === 'approved', 'it is approved');
  return { ...request, state: 'used', end: { atMs, outcome: 'used', reason: undefined } };
}

function approveRequest<Request extends AccessRequest>(request: Request, atMs: number): Request {
  switch (request.kind) {
    case 'operation': {
      // Who comes back for it has as long as the reviewers had; who waits takes it at once.
      const lifetimeMs = request.expiresAtMs - request.createdAtMs;
      const expiresAtMs = request.onReview === 'fail' ? atMs + lifetimeMs : request.expiresAtMs;
      return { ...request, state: 'approved', expiresAtMs };
    }
    case 'grant':
      return { ...request, state: 'granted', end: { atMs, outcome: 'granted', reason: undefined } };
    case 'break-glass':
      return {
        ...request,
        state: 'reviewed',
        end: { atMs, outcome: 'reviewed', reason: undefined },
      };
  }
}

function rejectRequest<Request extends AccessRequest>(request: Request, atMs: number): Request {
  const outcome = request.kind === 'break-glass' ? 'reviewed' : 'rejected';
  return { ...request, state: outcome, end: { atMs, outcome, reason: undefined } };
}

/** Whether somebody's word on a request is spoken: by this or another identity, or by a delegation. */
function hasReviewed({ reviews }: AccessRequest, who: Identified): boolean {
  return reviews.some(
    ({ reviewer, onBehalfOf }) =>
      isSamePerson(reviewer, who) || (onBehalfOf !== undefined && isSamePerson(onBehalfOf, who)),
  );
}

function groupsOf({ rules }: AccessRequest, groups: readonly string[]): readonly string[] {
  const asked = new Set(rules.flatMap((rule) => rule.groups));
  return [...new Set(groups)].filter((group) => asked.has(group));
}

function counts(groups: readonly string[], rule: ReviewDemand): boolean {
  return rule.groups.some((group) => groups.includes(group));
}

/** The most characters of a comment, a reason or a justification. */
export const COMMENT_LENGTH_MAX = 2_000;

/** Why a verdict's comment cannot be taken; undefined if it can. */
export function findCommentProblem(
  verdict: Verdict,
  comment: string,
): 'comment-required' | 'comment-too-long' | undefined {
  if (comment.length > COMMENT_LENGTH_MAX) return 'comment-too-long';
  return verdict === 'reject' && isBlank(comment) ? 'comment-required' : undefined;
}
