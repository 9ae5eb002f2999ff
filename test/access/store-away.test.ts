import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  as,
  BOB,
  findRequest,
  OLGA,
  startTwoProcesses,
  type TwoProcesses,
  tryBulkRead,
} from './agreement.fixture.ts';

describe('a store that goes away', () => {
  let both: TwoProcesses;
  before(async () => {
    both = await startTwoProcesses();
  });
  after(() => both[Symbol.asyncDispose]());

  it('lets nothing run, neither what waits nor what comes, and grants nothing', async () => {
    const { one, other } = both;
    const waiting = tryBulkRead(one.openSession(), {}, 4_000);
    const { id } = await findRequest(other, waiting.opened.id);
    await both.stopStore();
    const late = tryBulkRead(one.openSession());
    assert.deepEqual(await late.outcome, { kind: 'unavailable' });
    const job = tryBulkRead(one.openSession(BOB, 'fail'), { sentText: 'SELECT job' });
    assert.deepEqual(await job.outcome, { kind: 'unavailable' });
    await assert.rejects(other.service.review(as(OLGA), id, { verdict: 'approve' }));
    assert.deepEqual(await waiting.outcome, { kind: 'expired', requestId: id });
    const sealed = [...one.ledger.entries, ...other.ledger.entries];
    assert(!sealed.some(({ kind }) => kind === 'review.verdict'));
  });
});
