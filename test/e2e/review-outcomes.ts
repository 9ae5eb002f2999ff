import assert from 'node:assert/strict';
import type { HospitalStack } from '../../demo/hospital-stack.ts';
import type { RequestState, WithdrawReason } from '../../src/access/access-request.ts';
import { BRIEF_EXPORT, EXPORT, type HeldExport } from './held-export.ts';

/** One way in which the review of a held statement can end. */
export interface ReviewOutcomeCase {
  readonly name: string;
  /** What has to wait for it. */
  readonly statement: string;
  /** How it comes about; undefined for a verdict, which each test gives in its own way. */
  readonly happen:
    | ((held: HeldExport, stack: HospitalStack) => void | Promise<void>)
    | { readonly verdict: 'approve' | 'reject' };
  /** The gateway is another one afterwards. */
  readonly restarts?: true;
  /** What becomes of the request, and why if it was withdrawn. */
  readonly state: RequestState;
  readonly reason?: WithdrawReason;
  /** What psql prints; undefined for rows. */
  readonly error: RegExp | undefined;
}

/** What an officer says who rejects. */
export const COMMENT = 'Ask for the counts instead.';

/** Every way in which a review ends. */
export const REVIEW_OUTCOMES: readonly ReviewOutcomeCase[] = [
  {
    ...{ name: 'approved', statement: EXPORT, state: 'used', error: undefined },
    happen: { verdict: 'approve' },
  },
  {
    ...{ name: 'rejected', statement: EXPORT, state: 'rejected' },
    happen: { verdict: 'reject' },
    error: /42501: refused: rejected in review by .*\n[^]*Ask for the counts instead\./,
  },
  {
    ...{ name: 'not answered in time', statement: BRIEF_EXPORT, state: 'expired' },
    happen: () => undefined,
    error: /42501: refused: nobody reviewed it in time/,
  },
  {
    ...{ name: 'cancelled by Ctrl-C', statement: EXPORT, state: 'withdrawn', reason: 'cancelled' },
    happen: (held) => held.signal('SIGINT'),
    error: /57014: canceling statement due to user request/,
  },
  {
    ...{ name: 'given up by a client that is gone', statement: EXPORT },
    ...{ state: 'withdrawn', reason: 'disconnected' },
    happen: (held) => held.signal('SIGKILL'),
    error: /waiting for review/,
  },
  {
    ...{ name: 'ended by a gateway that stops', statement: EXPORT },
    ...{ state: 'withdrawn', reason: 'gateway-stopping', restarts: true },
    happen: async (_, stack) => {
      await stack.gateway().stop();
      await stack.restartGateway();
    },
    error: /57P01: /,
  },
  {
    ...{ name: 'lost with a gateway that is killed', statement: EXPORT },
    ...{ state: 'withdrawn', reason: 'gateway-lost', restarts: true },
    happen: async (_, stack) => {
      await stack.gateway().kill();
      await stack.restartGateway();
    },
    error: /connection to server was lost/,
  },
];

/** What psql printed is what the case says: rows after an approval, and else none. */
export async function expectPsql(
  { error }: ReviewOutcomeCase,
  { ended }: HeldExport,
  rows: number,
): Promise<void> {
  const { stdout, stderr, code } = await ended;
  if (error === undefined) {
    assert.equal(code, 0, stderr);
    assert.equal(stdout.trim().split('\n').length, rows);
    return;
  }
  assert.notEqual(code, 0);
  assert.equal(stdout, '');
  assert.match(stderr, error);
}
