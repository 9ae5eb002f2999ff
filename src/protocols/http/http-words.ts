import type { ReviewOutcome } from '../../access/review-desk.ts';
import type { ClearanceWords } from '../operation-clearance.ts';
import { cleanWords, formatTime } from '../review-words.ts';
import type { Problem } from './problem.ts';

/** Seconds after which a client that waits for a review may ask again. */
const RETRY_AFTER_S = 5;
const NOT_PASSED_ON = 'The request was not passed on.';
const TRY_AGAIN = 'Send the same request again to ask again.';

/** What becomes of requests, as problems. */
export const HTTP_WORDS: ClearanceWords<Problem> = {
  denied: ({ policyId, reason }, { remark }) =>
    describe(
      403,
      'Refused',
      `${policyId === undefined ? '' : `Policy "${policyId}": `}${reason}.`,
      remark,
      `${NOT_PASSED_ON} If your work needs this, ask those who keep the policies of this target.`,
    ),
  waiting: ({ reason }) => describe(202, 'Waits for review', `${reason}.`),
  notApproved: describeOutcome,
  changed: () =>
    describe(
      403,
      'Approval does not hold',
      'What the request was approved under has changed since the review began.',
      `${NOT_PASSED_ON} ${TRY_AGAIN}`,
    ),
  unsealed: (outcome) =>
    outcome === 'too-long'
      ? describe(
          413,
          'Too much to be recorded',
          'There is more in the request than an entry of the ledger holds.',
          `${NOT_PASSED_ON} Send several smaller ones.`,
        )
      : describeUnavailable('The ledger cannot be written at present.'),
};

/** The same for clients that are to come back. @param locate Where they find out how a review stands. */
export function wordsOfWaiting(locate: (requestId: string) => string): ClearanceWords<Problem> {
  return {
    ...HTTP_WORDS,
    notApproved: (outcome) =>
      outcome.kind === 'filed'
        ? describeWaiting(outcome, locate(outcome.requestId))
        : describeOutcome(outcome),
  };
}

/** What a client is told whose request waits for people. */
export function describeWaiting(
  { requestId, expiresAtMs }: { readonly requestId: string; readonly expiresAtMs: number },
  location: string,
): Problem {
  return {
    ...describe(
      202,
      'Waits for review',
      `The request needs a review first and waits until ${formatTime(expiresAtMs)}. ${NOT_PASSED_ON}`,
      `Ask at ${location} how it stands; once it is approved, send the same request again: then it is passed on, once.`,
    ),
    requestId,
    fields: [
      ['location', location],
      ['retry-after', String(RETRY_AFTER_S)],
    ],
  };
}

/** The gateway cannot do what is needed, and will by itself once it can. */
export function describeUnavailable(reason: string): Problem {
  return {
    ...describe(503, 'Not available at present', reason, NOT_PASSED_ON),
    fields: [['retry-after', String(RETRY_AFTER_S)]],
  };
}

function describeOutcome(outcome: Exclude<ReviewOutcome, { kind: 'approved' }>): Problem {
  switch (outcome.kind) {
    case 'filed': {
      const { requestId, url, expiresAtMs } = outcome;
      return {
        ...describe(
          403,
          'Needs a review first',
          `Request ${requestId} waits until ${formatTime(expiresAtMs)}${url === undefined ? '' : `, at ${url}`}.`,
          `${NOT_PASSED_ON} Send the same request again once it is approved: then it is passed on, once.`,
        ),
        requestId,
      };
    }
    case 'rejected':
      return {
        ...describe(
          403,
          'Rejected in review',
          `Rejected by ${outcome.reviewer.name}${outcome.comment === '' ? '' : `: ${outcome.comment}`}.`,
          NOT_PASSED_ON,
        ),
        requestId: outcome.requestId,
      };
    case 'expired':
      return {
        ...describe(
          403,
          'Not reviewed in time',
          'Nobody reviewed it in time.',
          NOT_PASSED_ON,
          TRY_AGAIN,
        ),
        requestId: outcome.requestId,
      };
    case 'withdrawn':
      return {
        ...describe(
          403,
          'Review was withdrawn',
          'Its request for review was withdrawn.',
          NOT_PASSED_ON,
          TRY_AGAIN,
        ),
        requestId: outcome.requestId,
      };
    case 'too-many':
      return {
        ...describe(
          429,
          'Too many reviews asked for',
          `${outcome.waitingMax} requests of yours wait for review already.`,
          `${NOT_PASSED_ON} Withdraw some, or wait until they are reviewed.`,
        ),
      };
    case 'too-large':
      return describe(
        403,
        'Too large for a review',
        `It needs a review, and people can look at ${outcome.bytesMax} bytes.`,
        NOT_PASSED_ON,
      );
    case 'unavailable':
      return describeUnavailable('It needs a review, and nobody can be asked at present.');
  }
}

function describe(
  status: number,
  title: string,
  ...sentences: readonly (string | undefined)[]
): Problem {
  const detail = sentences.filter((sentence) => sentence !== undefined).join(' ');
  return { status, title, detail: cleanWords(detail) };
}
