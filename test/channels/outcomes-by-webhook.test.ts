import assert from 'node:assert/strict';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { COMMENT, REVIEW_OUTCOMES } from '../e2e/review-outcomes.ts';
import { type HttpReceiver, type Posted, startHttpReceiver } from './http-receiver.ts';
import { bringAbout, type ReviewStage, startReviewStage } from './review-stage.ts';

const SECRET = 'known-to-both-sides';
const OLD_SECONDS = 5 * 60;

interface Notice {
  readonly version: number;
  readonly occasion: string;
  readonly requestId: string;
  readonly state: string;
  readonly end?: { readonly outcome: string; readonly reason?: string };
}

let stage: ReviewStage;
let receiver: HttpReceiver;

/** What a receiver has to do before it believes anything. */
function verify({ headers, body }: Posted): boolean {
  const timestamp = String(headers['sallyport-timestamp']);
  const digest = createHmac('sha256', SECRET).update(`${timestamp}.${body}`).digest('hex');
  const given = Buffer.from(String(headers['sallyport-signature']));
  const expected = Buffer.from(`v1=${digest}`);
  return (
    given.length === expected.length &&
    timingSafeEqual(given, expected) &&
    Math.abs(Date.now() / 1000 - Number(timestamp)) < OLD_SECONDS
  );
}

async function nextNotice(requestId: string): Promise<Notice> {
  const posted = await receiver.next(({ body }) => body.includes(`"requestId":"${requestId}"`));
  assert.ok(verify(posted), 'it is not signed');
  const notice = JSON.parse(posted.body) as Notice;
  assert.equal(posted.headers['sallyport-delivery'], `${requestId}.${notice.occasion}`);
  return notice;
}

function review(id: string, verdict: 'approve' | 'reject') {
  return stage.call('POST', `/v1/requests/${id}/reviews`, { verdict, comment: COMMENT });
}

describe('by a webhook, a request that is', { timeout: 300_000 }, () => {
  before(async () => {
    receiver = await startHttpReceiver((posted, answer) => {
      answer.writeHead(verify(posted) ? 204 : 401).end();
    });
    stage = await startReviewStage(() => ({
      secrets: { HOOK: SECRET },
      channels: [{ name: 'hook', kind: 'webhook', url: receiver.url, secret: 'file:secrets/HOOK' }],
    }));
  });
  after(async () => {
    await stage?.[Symbol.asyncDispose]();
    await receiver?.[Symbol.asyncDispose]();
  });

  for (const outcome of REVIEW_OUTCOMES) {
    it(`${outcome.name} is told as that, signed, and takes no verdict any more`, async () => {
      const held = await stage.hold(outcome.statement);
      const { requestId } = held;
      const opened = await nextNotice(requestId);
      assert.deepEqual([opened.version, opened.occasion, opened.state], [1, 'opened', 'pending']);
      await bringAbout(stage, outcome, held, (verdict) => review(requestId, verdict));
      const { occasion, state, end } = await nextNotice(requestId);
      // Where it is told before the statement has used the approval, it is approved and not over.
      const isUsed = state !== 'approved';
      assert.deepEqual(
        [occasion, isUsed ? state : 'used', isUsed ? end?.outcome : 'used', end?.reason],
        ['ended', outcome.state, outcome.state, outcome.reason],
      );
      await assert.rejects(review(requestId, 'approve'), /409 .*the access request is/);
      const said = receiver.posted.filter(({ body }) => body.includes(requestId));
      assert.equal(said.length, 2);
    });
  }
});
