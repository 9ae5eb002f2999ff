import type { JoinEvent } from '../api/join.ts';
import type { PlaybackEvent } from '../api/playback-event.ts';
import type { Problem, ProblemCode } from '../api/problem.ts';
import type { RawTrackPiece } from '../api/raw-track.ts';
import type { Decision } from '../policy/decision.ts';

/** What a handler makes of a request. */
export type Answer =
  | {
      readonly kind: 'json';
      readonly status: number;
      readonly body: unknown;
      /** `Set-Cookie` headers. */
      readonly cookies?: readonly string[];
    }
  | {
      /** One a line. */
      readonly kind: 'events';
      readonly events: AsyncIterable<PlaybackEvent | RawTrackPiece | JoinEvent>;
      /** Called once, when nothing more is sent, whatever the reason. */
      readonly release: () => void;
    }
  | {
      /** Server-sent events, until the client goes away or the iterable ends. */
      readonly kind: 'stream';
      readonly messages: AsyncIterable<StreamMessage>;
      /** Called once, when nothing more is sent, whatever the reason. */
      readonly release: () => void;
    }
  | ProblemAnswer;

/** What is not done, and why. */
export interface ProblemAnswer {
  readonly kind: 'problem';
  readonly problem: Problem;
  /** Seconds after which to ask again. */
  readonly retryAfterSeconds?: number;
}

/** One server-sent event, or a sign of life between them. */
export type StreamMessage =
  | { readonly kind: 'event'; readonly name: string; readonly data: unknown }
  | { readonly kind: 'heartbeat' };

/** Answers with a document, whose fields the route's schema then narrows down. */
export function answerJson(body: unknown, status = 200): Answer {
  return { kind: 'json', status, body };
}

const STATUS: Readonly<Record<ProblemCode, number>> = {
  'bad-request': 400,
  'not-signed-in': 401,
  refused: 403,
  'not-found': 404,
  conflict: 409,
  'too-large': 413,
  'idempotency-key-reused': 422,
  'too-many-requests': 429,
  unavailable: 503,
  internal: 500,
};

/** @param hint What to do about it. */
export function answerProblem(code: ProblemCode, title: string, hint?: string): ProblemAnswer {
  return { kind: 'problem', problem: { status: STATUS[code], code, title, hint } };
}

/** Something else of its sort is being done: it is over in seconds. */
const BUSY_SECONDS = 5;

/** Turns somebody away who asks too often, or for more than can be done at a time. */
export function answerTooMany(
  title: string,
  retryAfterSeconds: number = BUSY_SECONDS,
): ProblemAnswer {
  const hint = `Ask again in ${retryAfterSeconds} s.`;
  return { ...answerProblem('too-many-requests', title, hint), retryAfterSeconds };
}

/** Phrases a refusal by policy. */
export function answerRefusal(decision: Exclude<Decision, { kind: 'allow' }>): Answer {
  switch (decision.kind) {
    case 'deny':
      return answerProblem(
        'refused',
        decision.reason,
        decision.policyId === undefined
          ? 'Ask whoever keeps the policies for access.'
          : `Refused by policy "${decision.policyId}".`,
      );
    case 'review':
      return answerProblem(
        'refused',
        decision.reason,
        `Needs a review by ${decision.groups.join(' or ')}.`,
      );
  }
}
