import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { COMMENT, REVIEW_OUTCOMES, type ReviewOutcomeCase } from '../e2e/review-outcomes.ts';
import { bringAbout, type ReviewStage, startReviewStage } from './review-stage.ts';
import {
  describePress,
  describeRejection,
  type SlackStandIn,
  startSlackStandIn,
} from './slack-stand-in.ts';

const TOKEN = 'xoxb-stand-in';
const SIGNING_SECRET = 'slack-signing-secret';

/** How the message begins then. */
const SAID: Readonly<Record<ReviewOutcomeCase['name'], RegExp>> = {
  approved: /^Approved: ana: sql\.copy-out/,
  rejected: /^Rejected: ana/,
  'not answered in time': /^Expired: ana/,
  'cancelled by Ctrl-C': /^Withdrawn \(cancelled\): ana/,
  'given up by a client that is gone': /^Withdrawn \(disconnected\): ana/,
  'ended by a gateway that stops': /^Withdrawn \(gateway-stopping\): ana/,
  'lost with a gateway that is killed': /^Withdrawn \(gateway-lost\): ana/,
};

let stage: ReviewStage;
let slack: SlackStandIn;

/** Petra presses a button, and fills in the form that opens. */
async function giveVerdict(requestId: string, verdict: 'approve' | 'reject'): Promise<void> {
  await slack.send(describePress(`sallyport-${verdict}`, requestId));
  if (verdict === 'approve') return;
  await slack.next('views.open');
  await slack.send(describeRejection(requestId, COMMENT));
}

describe('in Slack, a request that is', { timeout: 300_000 }, () => {
  before(async () => {
    slack = await startSlackStandIn({
      token: TOKEN,
      signingSecret: SIGNING_SECRET,
      interactionUrl: () =>
        `https://127.0.0.1:${stage.stack.gateway().api?.port}/channels/chat/slack`,
      authorityFile: () => stage.stack.authorityFile,
    });
    stage = await startReviewStage(() => ({
      secrets: { TOKEN, SIGNING_SECRET },
      channels: [
        {
          ...{ name: 'chat', kind: 'slack', channel: 'C0FFICERS', apiUrl: slack.apiUrl },
          ...{ token: 'file:secrets/TOKEN', signingSecret: 'file:secrets/SIGNING_SECRET' },
          people: { UPETRA: 'clinic:petra' },
        },
      ],
    }));
  });
  after(async () => {
    await stage?.[Symbol.asyncDispose]();
    await slack?.[Symbol.asyncDispose]();
  });

  for (const outcome of REVIEW_OUTCOMES) {
    it(`${outcome.name} is told in its message, which has no buttons any more`, async () => {
      const held = await stage.hold(outcome.statement);
      const { requestId } = held;
      const posted = await slack.next('chat.postMessage', requestId);
      assert.match(JSON.stringify(posted.body), /sallyport-approve/);
      await bringAbout(stage, outcome, held, (verdict) => giveVerdict(requestId, verdict));
      const changed = await slack.next('chat.update');
      assert.deepEqual([changed.body['ts'], changed.body['channel']], [posted.ts, 'C0FFICERS']);
      assert.match(String(changed.body['text']), SAID[outcome.name] ?? /^$/);
      assert.doesNotMatch(JSON.stringify(changed.body), /sallyport-(approve|reject)/);

      // Somebody whose Slack still shows the buttons presses one.
      slack.forget('chat.postEphemeral');
      await slack.send(describePress('sallyport-approve', requestId));
      const { body: told } = await slack.next('chat.postEphemeral');
      assert.equal(told['text'], `Nothing to decide any more: the request is ${outcome.state}.`);
      await stage.untilState(requestId, outcome.state);
    });
  }
});
