import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { COMMENT, REVIEW_OUTCOMES } from '../e2e/review-outcomes.ts';
import { bringAbout, type ReviewStage, startReviewStage } from './review-stage.ts';

let stage: ReviewStage;

/** Gives Petra's verdict in the terminal. */
function review(id: string, verdict: 'approve' | 'reject') {
  return stage.petra.run('reviews', verdict, id, '--comment', COMMENT);
}

describe('in the terminal, a request that is', { timeout: 240_000 }, () => {
  before(async () => {
    stage = await startReviewStage();
  });
  after(() => stage?.[Symbol.asyncDispose]());

  for (const outcome of REVIEW_OUTCOMES) {
    it(`${outcome.name} is shown as that, and takes no verdict any more`, async () => {
      const held = await stage.hold(outcome.statement);
      const { requestId } = held;
      await bringAbout(stage, outcome, held, async (verdict) => {
        const list = await stage.petra.run('reviews', 'list');
        assert.match(list.output, new RegExp(`${requestId} .*COPY`));
        const given = await review(requestId, verdict);
        assert.equal(given.code, 0, given.errors);
      });
      const shown = await stage.petra.run('reviews', 'show', requestId);
      assert.match(
        shown.output,
        new RegExp(`request +${requestId} \\(operation, ${outcome.state}`),
      );
      if (outcome.reason !== undefined) {
        assert.match(shown.output, new RegExp(`ended .*\\(${outcome.reason}\\)`));
      }
      const late = await review(requestId, 'approve');
      assert.equal(late.code, 1);
      assert.match(late.errors, new RegExp(`the access request is ${outcome.state}`));
    });
  }
});
