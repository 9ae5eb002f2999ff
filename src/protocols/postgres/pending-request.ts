import type { SessionEffects } from '../../sql/statement.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import type { ExpectedAnswers } from './expected-answers.ts';
import type { Candidates, Prepared } from './prepared.ts';

/** Requests in flight whose answers are followed. Beyond, reading from the client waits. */
export const PENDING_MAX = 10_000;
/** Answered requests that are kept before the queue is made anew. */
export const ANSWERED_MAX = 1_024;

/** A request in flight, in the order of the server's answers. */
export type PendingRequest =
  | { readonly kind: 'parse'; readonly name: string; readonly prepared: Prepared }
  | {
      readonly kind: 'bind';
      readonly name: string;
      readonly bound: Candidates;
      /** Name of the statement that was bound. */
      readonly statement: string;
    }
  | { readonly kind: 'close-statement' | 'close-portal'; readonly name: string }
  | { readonly kind: 'describe' | 'own-describe' | 'sync' | 'copy-data' | 'copy-end' }
  | {
      readonly kind: 'execute';
      readonly named: readonly NamedEffects[];
      readonly isSure: boolean;
      readonly expected: ExpectedAnswers | undefined;
    }
  | {
      readonly kind: 'query';
      readonly named: readonly NamedEffects[];
      readonly expected: ExpectedAnswers | undefined;
    };

/** What a statement does to names, and what it names. */
export interface NamedEffects {
  readonly effects: SessionEffects;
  /** The inner statement of PREPARE or DECLARE. */
  readonly prepared: Prepared | undefined;
}

/** Requests of which one says as much as another: shared. */
export const DESCRIBE: PendingRequest = { kind: 'describe' };
/** See `SessionNames.ownDescribe`. */
export const OWN_DESCRIBE: PendingRequest = { kind: 'own-describe' };
/** An Execute of which nothing has to be followed. */
export const EXECUTE: PendingRequest = {
  kind: 'execute',
  named: [],
  isSure: true,
  expected: undefined,
};
/** A Sync. */
export const SYNC: PendingRequest = { kind: 'sync' };
/** A query of which nothing has to be followed. */
export const PLAIN_QUERY: PendingRequest = { kind: 'query', named: [], expected: undefined };
/** CopyData, however much. */
export const COPY_DATA: PendingRequest = { kind: 'copy-data' };
/** CopyDone or CopyFail. */
export const COPY_END: PendingRequest = { kind: 'copy-end' };

/** Data that came while no copy was going on: the server drops it. */
export function isCopyMark(request: PendingRequest | undefined): boolean {
  return request?.kind === 'copy-data' || request?.kind === 'copy-end';
}

/**
 * Ends of copies are kept apart from each other, as a text can have several; and the server drops any number of them
 * without a word.
 *
 * @param pendingCount Requests in flight, and such data behind them.
 * @throws {ProtocolError} If nobody can mean so many.
 */
export function limitCopyMarks(pendingCount: number): void {
  if (pendingCount >= 2 * PENDING_MAX)
    throw new ProtocolError('COPY', 'ended more often than begun');
}

/** Whether a request may change what a name stands for. */
export function touches(request: PendingRequest, kind: 'parse' | 'bind', name: string): boolean {
  if (request.kind === 'execute') return request.named.length > 0;
  if (kind === 'parse') {
    return (
      (request.kind === 'parse' || request.kind === 'close-statement') && request.name === name
    );
  }
  return (request.kind === 'bind' || request.kind === 'close-portal') && request.name === name;
}

/** What a statement puts under a name, if anything. */
export function namedBy(
  named: readonly NamedEffects[],
  kind: 'parse' | 'bind',
  name: string,
): Prepared | undefined {
  return named.findLast(({ effects }) =>
    kind === 'parse' ? effects.prepares?.name === name : effects.declares?.name === name,
  )?.prepared;
}
