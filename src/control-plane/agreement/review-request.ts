import { randomBytes } from 'node:crypto';
import type { AccessRequest, GrantRequest } from '../../access/access-request.ts';
import type { Actor, ReviewAnswer, ReviewInput } from '../../access/access-service.ts';
import {
  applyReview,
  type Candidate,
  COMMENT_LENGTH_MAX,
  endRequest,
  findCommentProblem,
  findOpenRules,
  findStanding,
} from '../../access/apply-review.ts';
import { type Grant, isInForce, prolong } from '../../access/grant.ts';
import type { KnownPerson } from '../../access/person.ts';
import type { Review } from '../../access/review.ts';
import type { EntryFields } from '../../audit/ledger-port.ts';
import { describeEnd } from '../../gateway/end-in-store.ts';
import { describeExtension, describeGrantStart, describeVerdict } from './access-entries.ts';
import type { AgreementParts } from './agreement-parts.ts';
import { changeRequest, type SealedChange } from './change-request.ts';

/** Takes one person's verdict on a request. */
export async function reviewRequest(
  parts: AgreementParts,
  actor: Actor,
  id: string,
  { verdict, comment = '' }: ReviewInput,
): Promise<ReviewAnswer> {
  const problem = findCommentProblem(verdict, comment);
  if (problem === 'comment-required') return { kind: problem };
  if (problem !== undefined) return { kind: problem, lengthMax: COMMENT_LENGTH_MAX };
  const [candidate, grounds] = await Promise.all([
    parts.rights.findCandidate(actor),
    readGrounds(parts, id),
  ]);
  let answer: ReviewAnswer = { kind: 'not-found' };
  const changed = await changeRequest(parts, id, async (request) => {
    if (!parts.rights.mayRead(actor, candidate, request)) return undefined;
    const review = makeReview(parts, request, candidate, { verdict, comment });
    if (typeof review === 'string') {
      answer =
        review === 'over'
          ? { kind: 'over', state: request.state }
          : { kind: 'barred', bar: review };
      return undefined;
    }
    return judge(parts, actor, request, { review, grounds });
  });
  if (changed === undefined) return answer;
  return changed.state === 'withdrawn'
    ? { kind: 'over', state: 'withdrawn' }
    : { kind: 'reviewed', request: changed };
}

function makeReview(
  { nowMs }: AgreementParts,
  request: AccessRequest,
  candidate: Candidate,
  { verdict, comment }: { readonly verdict: Review['verdict']; readonly comment: string },
): Review | Extract<ReturnType<typeof findStanding>, string> {
  const atMs = nowMs();
  const standing = findStanding(request, candidate, atMs);
  if (typeof standing === 'string') return standing;
  const { id, person, name } = candidate;
  const { groups, onBehalfOf } = standing;
  const reviewer = { id, person, name, groups };
  return {
    id: `rev_${randomBytes(16).toString('base64url')}`,
    reviewer,
    verdict,
    comment,
    atMs,
    onBehalfOf,
  };
}

function judge(
  parts: AgreementParts,
  actor: Actor,
  request: AccessRequest,
  { review, grounds }: { readonly review: Review; readonly grounds: GrantGrounds },
): SealedChange {
  const next = applyReview(request, review, (id) => parts.rights.isBarred(id));
  if (next.kind === 'grant' && next.state === 'granted') {
    return grant(parts, next, grounds, (result) => describeVerdict(result, review, actor));
  }
  const verdict = describeVerdict(next, review, actor);
  const entries = next.end === undefined ? [verdict] : [verdict, describeEnd(next, next.end)];
  return { request: next, entries };
}

/** What is in the store beside a request for a grant, and decides what its last approval comes to. */
interface GrantGrounds {
  readonly known: KnownPerson | undefined;
  readonly extended: Grant | undefined;
}

/**
 * Read before the request is changed: a change holds a connection to the store, and if it waited for another
 * one, as many reviews at once as there are connections would all wait for each other.
 */
async function readGrounds(
  { requests, people, grants }: AgreementParts,
  id: string,
): Promise<GrantGrounds> {
  const request = await requests.find(id);
  if (request?.kind !== 'grant') return { known: undefined, extended: undefined };
  const { extends: extendedId } = request.grant;
  const [known, extended] = await Promise.all([
    people.find(request.requester.id),
    extendedId === undefined ? undefined : grants.find(extendedId),
  ]);
  return { known, extended };
}

/** The last approval of a grant: it begins, if the requester could still ask for it. */
function grant(
  parts: AgreementParts,
  request: GrantRequest,
  { known, extended }: GrantGrounds,
  describe: (result: AccessRequest) => EntryFields,
): SealedChange {
  const { requester, target, grant: wanted, justification } = request;
  const { nowMs, grantSettings, rights } = parts;
  const settings = grantSettings().find(({ name }) => name === wanted.name);
  const decision = rights.decideAgain(requester, known, {
    target,
    action: 'grant.request',
    facts: {
      grant: wanted.name,
      durationSeconds: Math.ceil(wanted.durationMs / 1000),
      justified: justification !== undefined,
    },
  });
  // Who had to agree may have changed since it was asked for.
  const isAgreed =
    decision.kind === 'allow' ||
    (decision.kind === 'review' &&
      findOpenRules({ rules: decision.rules, reviews: request.reviews }, (id) =>
        rights.isBarred(id),
      ).length === 0);
  const atMs = nowMs();
  // More time of a grant that ended, perhaps as somebody revoked it, would be another grant.
  const isOver =
    wanted.extends !== undefined && (extended === undefined || !isInForce(extended, atMs));
  if (settings === undefined || !isAgreed || isOver) {
    const end = { atMs, outcome: 'withdrawn', reason: 'rights-changed' } as const;
    const withdrawn = endRequest({ ...request, state: 'pending', end: undefined }, end) ?? request;
    return { request: withdrawn, entries: [describe(withdrawn), describeEnd(withdrawn, end)] };
  }
  const approvedBy = request.reviews.map(({ reviewer }) => reviewer.id);
  const durationMs = Math.min(wanted.durationMs, settings.durationMaxMs);
  const entries = [
    describe(request),
    describeEnd(request, { outcome: 'granted', reason: undefined }),
  ];
  if (extended !== undefined) {
    const { durationMaxMs } = settings;
    const endsAtMs = prolong(extended, durationMs, { nowMs: atMs, durationMaxMs });
    return {
      request,
      extension: { grantId: extended.id, endsAtMs },
      entries: [...entries, describeExtension(extended, endsAtMs, approvedBy)],
    };
  }
  const begun: Grant = {
    id: `gr_${randomBytes(16).toString('base64url')}`,
    name: wanted.name,
    holder: { id: requester.id, name: requester.name },
    target,
    startsAtMs: atMs,
    endsAtMs: atMs + durationMs,
    requestId: request.id,
    breakGlass: false,
    reason: justification ?? '',
    end: undefined,
  };
  return { request, grant: begun, entries: [...entries, describeGrantStart(begun, approvedBy)] };
}
