import { hash } from 'node:crypto';
import type { Route } from '../api/route.ts';
import type { PrincipalId } from '../identity/principal.ts';
import { type Answer, answerJson, answerProblem } from './answer.ts';
import type { SignedInCall } from './handler.ts';

/** A request that is to be done once, by who sent it and the key that they chose. */
export interface OnceKey {
  readonly principalId: PrincipalId;
  readonly key: string;
  /** SHA-256 of the route, its path and its body, 32 bytes. */
  readonly requestSha256: Buffer;
}

/** What became of a key before. */
export type OnceState =
  /** Nobody used it: the caller goes on, and says how it ended. What it says with another claim does not count. */
  | { readonly state: 'new'; readonly claim: string }
  | { readonly state: 'running' }
  | { readonly state: 'answered'; readonly answer: StoredAnswer }
  | { readonly state: 'other-request' };

/** An answer as it is kept for a day. */
export interface StoredAnswer {
  readonly status: number;
  readonly isProblem: boolean;
  /** JSON. */
  readonly body: string;
}

/** Where keys are kept; `store/` provides it. Every method rejects if it cannot answer. */
export interface IdempotencyStore {
  /** However many ask at once, one is told `new`. */
  begin(key: OnceKey, nowMs: number): Promise<OnceState>;
  /** Says that the request is still being served: without that, the key is free again after a minute. */
  renew(key: OnceKey, claim: string, nowMs: number): Promise<void>;
  finish(key: OnceKey, claim: string, answer: StoredAnswer): Promise<void>;
  /** Forgets a key whose request came to nothing. */
  release(key: OnceKey, claim: string): Promise<void>;
}

/** Milliseconds between signs of life of a request that is being served. */
const RENEW_MS = 15_000;

/** Characters that are printed, without spaces. */
const KEY = /^[\x21-\x7e]{1,128}$/;

/** Whether a header is a key that can be taken. */
export function isIdempotencyKey(header: string): boolean {
  return KEY.test(header);
}

/**
 * Does a request once, however often it comes with its key. What came to nothing (the ledger or the
 * store failed) may be tried again with the same key.
 */
export async function serveOnce(
  store: IdempotencyStore,
  once: OnceKey,
  nowMs: () => number,
  serve: () => Promise<Answer>,
): Promise<Answer> {
  const known = await store.begin(once, nowMs());
  switch (known.state) {
    case 'new':
      break;
    case 'running':
      return answerProblem('conflict', 'the same request is being served', 'Ask again later.');
    case 'answered':
      return readAnswer(known.answer);
    case 'other-request':
      return answerProblem(
        'idempotency-key-reused',
        'the Idempotency-Key came with another request before',
        'Use a new key for each thing to do.',
      );
  }
  const { claim } = known;
  const renewal = setInterval(() => {
    // The store may be away for a while; what it is asked next says so.
    store.renew(once, claim, nowMs()).catch(() => undefined);
  }, RENEW_MS);
  let answer: Answer;
  try {
    answer = await serve();
  } catch (error) {
    await store.release(once, claim);
    throw error;
  } finally {
    clearInterval(renewal);
  }
  const kept = keepAnswer(answer);
  await (kept === undefined ? store.release(once, claim) : store.finish(once, claim, kept));
  return answer;
}

/** Names a request by all that it says. */
export function onceKeyOf(
  { id }: Route,
  { principal, path, json }: Pick<SignedInCall, 'principal' | 'path' | 'json'>,
  key: string,
): OnceKey {
  const requestSha256 = hash('sha256', JSON.stringify([id, path, json]), 'buffer');
  return { principalId: principal.id, key, requestSha256 };
}

/** Undefined for what should be tried again. */
function keepAnswer(answer: Answer): StoredAnswer | undefined {
  switch (answer.kind) {
    case 'json':
      return answer.status >= 500
        ? undefined
        : { status: answer.status, isProblem: false, body: JSON.stringify(answer.body) };
    case 'problem': {
      const { status, code } = answer.problem;
      if (status >= 500 || code === 'too-many-requests') return undefined;
      return { status, isProblem: true, body: JSON.stringify(answer.problem) };
    }
    case 'events':
    case 'stream':
      return undefined;
  }
}

function readAnswer({ status, isProblem, body }: StoredAnswer): Answer {
  if (!isProblem) return answerJson(JSON.parse(body), status);
  const problem = JSON.parse(body) as (Answer & { readonly kind: 'problem' })['problem'];
  return { kind: 'problem', problem };
}
