import type { OpenedReview, ReviewOutcome } from '../../access/review-desk.ts';
import type { ReviewedDecision } from '../../policy/decision.ts';
import type { ErrorFields } from '../../wire/postgres/error-response.ts';
import type { NoticeFields } from '../../wire/postgres/notice-response.ts';
import { cleanWords, formatTime } from '../review-words.ts';
import { REASON_SETTING } from './stated-reason.ts';

/** SQLSTATE `insufficient_privilege`. */
const INSUFFICIENT_PRIVILEGE = '42501';
const NOTHING_WAS_RUN = 'Nothing was run.';

/** Why an operation may not run although nobody rejected it. */
export type HeldFailure =
  /** What the approval was given for is not what would run now. */
  | 'changed'
  /** The client sent more behind it than is kept. */
  | 'too-much-behind'
  /** It cannot be known which statement a name stands for. */
  | 'uncertain'
  /** The portal was bound when no review was needed, or the rights were others. */
  | 'not-approved'
  /** Nothing can be held amid COPY data. */
  | 'copying'
  /** The server does not say what a transaction changed. */
  | 'unknown-changes'
  /** It would outlive its session, unreviewed. */
  | 'prepared-transaction';

/**
 * Tells the client at once that a statement waits.
 *
 * @param justification What reviewers are told in the client's own words.
 */
export function phraseWaiting(
  { reason, policyIds }: ReviewedDecision,
  who: string,
  { id, url, expiresAtMs }: OpenedReview,
  justification: string | undefined,
): NoticeFields {
  const until = formatTime(expiresAtMs);
  const where = url === undefined ? 'under the number of the request' : `at ${url}`;
  const toSayWhy = ` To tell them why, cancel, SET ${REASON_SETTING} = '…', and send it again.`;
  return {
    severity: 'NOTICE',
    sqlState: '00000',
    message: `waiting for review by ${who}${id === undefined ? '' : ` (request ${id})`}`,
    detail: `Policy "${policyIds.join('", "')}" asks for it: ${reason}. It waits until ${until}.`,
    hint: `Reviewers find it ${where}. Cancel to give up.${justification === undefined ? toSayWhy : ''}`,
  };
}

/** What the client is told when what it sent does not run after all. */
export function phraseOutcome(outcome: Exclude<ReviewOutcome, { kind: 'approved' }>): ErrorFields {
  switch (outcome.kind) {
    case 'filed': {
      const where = outcome.url === undefined ? '' : `, at ${outcome.url}`;
      return refusal(
        `needs a review first: request ${outcome.requestId}`,
        `Request ${outcome.requestId} waits until ${formatTime(outcome.expiresAtMs)}${where}.`,
        `${NOTHING_WAS_RUN} Send the same statement again once it is approved: then it runs, once.`,
      );
    }
    case 'rejected':
      return refusal(
        `rejected in review by ${cleanWords(outcome.reviewer.name)} (request ${outcome.requestId})`,
        cleanWords(outcome.comment),
        NOTHING_WAS_RUN,
      );
    case 'expired':
      return refusal(
        `nobody reviewed it in time (request ${outcome.requestId})`,
        undefined,
        `${NOTHING_WAS_RUN} Send it again to ask again.`,
      );
    case 'withdrawn':
      return phraseWithdrawn(outcome);
    case 'too-many':
      return {
        severity: 'ERROR',
        sqlState: '53400',
        message: `refused: ${outcome.waitingMax} requests of yours wait for review already`,
        hint: `${NOTHING_WAS_RUN} Withdraw some, or wait until they are reviewed.`,
      };
    case 'too-large':
      return {
        severity: 'ERROR',
        sqlState: '54000',
        message: 'refused: it needs a review, and is too long for people to look at',
        hint: `${NOTHING_WAS_RUN} Split it into several: ${outcome.bytesMax} bytes can be reviewed.`,
      };
    case 'unavailable':
      return {
        severity: 'ERROR',
        sqlState: '57P03',
        message: 'refused: it needs a review, and nobody can be asked at present',
        hint: `${NOTHING_WAS_RUN} The gateway goes on by itself once its store and its ledger can be written again.`,
      };
  }
}

/** What the client is told when it cancelled. */
export const CANCELLED: ErrorFields = {
  severity: 'ERROR',
  sqlState: '57014',
  message: 'canceling statement due to user request',
  hint: 'It waited for review. Nothing was run.',
};

/** As the server says it, so that nobody is asked about what could not run. */
export const TRANSACTION_ABORTED: ErrorFields = {
  severity: 'ERROR',
  sqlState: '25P02',
  message: 'current transaction is aborted, commands ignored until end of transaction block',
};

/** The same of a COMMIT: what it would have made last did run. */
export function sayRolledBack(error: ErrorFields): ErrorFields {
  if (error.hint === undefined) return error;
  return { ...error, hint: error.hint.replace(NOTHING_WAS_RUN, 'The transaction is rolled back.') };
}

/** What the client is told when the gateway cannot have it reviewed, or not run what was. */
export function phraseFailure(failure: HeldFailure): ErrorFields {
  switch (failure) {
    case 'changed':
      return refusal(
        'what was approved is not what would run now',
        'Policies, names or prepared statements have changed since the review began.',
        `${NOTHING_WAS_RUN} Send it again to ask again.`,
      );
    case 'too-much-behind':
      return {
        severity: 'ERROR',
        sqlState: '54000',
        message: 'refused: too much was sent behind a statement that waits for review',
        hint: `${NOTHING_WAS_RUN} Wait for the answer before sending more.`,
      };
    case 'uncertain':
      return refusal(
        'needs a review, and it is not certain which statement would run',
        undefined,
        `${NOTHING_WAS_RUN} Send the statement itself, or prepare it and wait for the answer before running it.`,
      );
    case 'not-approved':
      return refusal(
        'needs a review that it did not have when it was bound',
        undefined,
        `${NOTHING_WAS_RUN} Bind it, or open the cursor, again: it is reviewed then.`,
      );
    case 'unknown-changes':
      return refusal(
        'the transaction needs a review, and what it changed could not be found out',
        undefined,
        'The transaction was not committed. Roll it back.',
      );
    case 'prepared-transaction':
      return refusal(
        'a transaction that needs a review cannot be prepared for two-phase commit',
        undefined,
        'The transaction was not committed. Roll it back.',
      );
    case 'copying':
      return refusal(
        'needs a review, and nothing can wait amid the data of a COPY',
        undefined,
        `${NOTHING_WAS_RUN} Wait for the end of the COPY before sending it.`,
      );
  }
}

function phraseWithdrawn({
  reason,
  requestId,
}: Extract<ReviewOutcome, { kind: 'withdrawn' }>): ErrorFields {
  switch (reason) {
    case 'cancelled':
      return CANCELLED;
    case 'rights-changed':
      return phraseFailure('changed');
    case 'unavailable':
      return phraseOutcome({ kind: 'unavailable' });
    case 'by-requester':
    case 'disconnected':
    case 'gateway-stopping':
    case 'gateway-lost':
    case 'sign-in-expired':
      return refusal(
        `its request for review was withdrawn (request ${requestId})`,
        undefined,
        `${NOTHING_WAS_RUN} Send it again to ask again.`,
      );
  }
}

function refusal(message: string, detail: string | undefined, hint: string): ErrorFields {
  return {
    severity: 'ERROR',
    sqlState: INSUFFICIENT_PRIVILEGE,
    message: `refused: ${message}`,
    ...(detail !== undefined && { detail }),
    hint,
  };
}
