import type { OpenedReview, ReviewOutcome } from '../../access/review-desk.ts';
import type { Decision, ReviewedDecision } from '../../policy/decision.ts';
import type { ClearanceWords, UnsealedOutcome } from '../operation-clearance.ts';
import type { Admission } from '../protocol.ts';
import { cleanWords, formatTime, listReviewers } from '../review-words.ts';
import { REASON_VARIABLE } from './stated-reason.ts';

const NOTHING_WAS_RUN = 'Nothing was run.';
const TO_SAY_WHY = `To tell them why, give up, and try again with: ssh -o 'SetEnv ${REASON_VARIABLE}="…"'`;

/**
 * Says no as a program on the host would: in lines on stderr.
 *
 * @param remarks Sentences of which the client makes something.
 */
function phraseRefusal(
  { policyId, reason }: Extract<Decision, { kind: 'deny' }>,
  ...remarks: readonly (string | undefined)[]
): string {
  const by = policyId === undefined ? '' : ` by policy "${policyId}"`;
  return phrase(
    `refused${by}: ${reason}`,
    ...remarks.filter((remark) => remark !== undefined),
    `${NOTHING_WAS_RUN} If your work needs this, ask those who keep the policies of this target.`,
  );
}

/**
 * Tells the client at once that something waits for people.
 *
 * @param reason What they are told in the client's own words.
 */
function phraseWaiting(
  decision: ReviewedDecision,
  { id, url, expiresAtMs }: OpenedReview,
  reason: string | undefined,
): string {
  const where = url === undefined ? 'under the number of the request' : `at ${url}`;
  return phrase(
    `waiting for review by ${listReviewers(decision)}${id === undefined ? '' : ` (request ${id})`}`,
    `Policy "${decision.policyIds.join('", "')}" asks for it: ${decision.reason}. It waits until ${formatTime(expiresAtMs)}.`,
    ...(reason === undefined ? [TO_SAY_WHY] : []),
    `Reviewers find it ${where}. Press Ctrl-C to give up.`,
  );
}

/** What the client is told when what was held does not run after all. */
function phraseOutcome(outcome: Exclude<ReviewOutcome, { kind: 'approved' }>): string {
  switch (outcome.kind) {
    case 'filed':
      return phrase(
        `needs a review first: request ${outcome.requestId}`,
        `It waits until ${formatTime(outcome.expiresAtMs)}${outcome.url === undefined ? '' : `, at ${outcome.url}`}.`,
        `${NOTHING_WAS_RUN} Try the same again once it is approved: then it runs, once.`,
      );
    case 'rejected':
      return phrase(
        `rejected in review by ${outcome.reviewer.name} (request ${outcome.requestId})`,
        outcome.comment,
        NOTHING_WAS_RUN,
      );
    case 'expired':
      return phrase(
        `nobody reviewed it in time (request ${outcome.requestId})`,
        `${NOTHING_WAS_RUN} Try again to ask again.`,
      );
    case 'withdrawn':
      return phraseWithdrawn(outcome);
    case 'too-many':
      return phrase(
        `refused: ${outcome.waitingMax} requests of yours wait for review already`,
        `${NOTHING_WAS_RUN} Withdraw some, or wait until they are reviewed.`,
      );
    case 'too-large':
      return phrase(
        'refused: it needs a review, and is too long for people to look at',
        `${NOTHING_WAS_RUN} Split it into several: ${outcome.bytesMax} bytes can be reviewed.`,
      );
    case 'unavailable':
      return phrase(
        'refused: it needs a review, and nobody can be asked at present',
        `${NOTHING_WAS_RUN} The gateway goes on by itself once its store and its ledger can be written again.`,
      );
  }
}

function phraseWithdrawn({
  reason,
  requestId,
}: Extract<ReviewOutcome, { kind: 'withdrawn' }>): string {
  switch (reason) {
    case 'rights-changed':
      return phraseChanged();
    case 'unavailable':
      return phraseOutcome({ kind: 'unavailable' });
    case 'cancelled':
    case 'by-requester':
    case 'disconnected':
    case 'gateway-stopping':
    case 'gateway-lost':
    case 'sign-in-expired':
      return phrase(
        `its request for review was withdrawn (request ${requestId})`,
        `${NOTHING_WAS_RUN} Try again to ask again.`,
      );
  }
}

/** What was approved is not what would run now. */
function phraseChanged(): string {
  return phrase(
    'refused: what it was approved under has changed since the review began',
    `${NOTHING_WAS_RUN} Try again to ask again.`,
  );
}

/** The decision could not be made durable. */
function phraseUnsealed(outcome: UnsealedOutcome): string {
  if (outcome === 'too-long') {
    return phrase(
      'refused: there is more in it than an entry of the ledger holds',
      `${NOTHING_WAS_RUN} Do it in several steps.`,
    );
  }
  return phrase(
    'refused: the ledger cannot be written at present',
    `${NOTHING_WAS_RUN} The gateway goes on by itself once it can be.`,
  );
}

/** What becomes of operations, as a program on the host would say it: lines without control characters. */
export const SSH_REFUSAL_WORDS: ClearanceWords<string> = {
  denied: (decision, { remark }) => phraseRefusal(decision, remark),
  waiting: phraseWaiting,
  notApproved: phraseOutcome,
  changed: phraseChanged,
  unsealed: phraseUnsealed,
};

/** The target itself is not for this client, or not now. */
export function phraseAdmission({ message }: Extract<Admission, { kind: 'refused' }>): string {
  return phrase(message);
}

/** Anything else that the gateway has to tell a client. The first line says whose word it is. */
export function phrase(message: string, ...hints: readonly string[]): string {
  return [`sallyport: ${cleanWords(message)}`, ...hints.map(cleanWords)].join('\n');
}
