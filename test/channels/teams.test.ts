import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { COMMENT, REVIEW_OUTCOMES } from '../e2e/review-outcomes.ts';
import { type HttpReceiver, startHttpReceiver } from './http-receiver.ts';
import { bringAbout, type ReviewStage, startReviewStage } from './review-stage.ts';
import { startTeamsStandIn, type TeamsStandIn } from './teams-stand-in.ts';

const CONSOLE_URL = 'https://sallyport.hospital.example';

let stage: ReviewStage;
let teams: TeamsStandIn;
/** Another channel, which must not have to wait for Teams. */
let hook: HttpReceiver;

function review(id: string, verdict: 'approve' | 'reject') {
  return stage.call('POST', `/v1/requests/${id}/reviews`, { verdict, comment: COMMENT });
}

describe('in Teams, a request that is', { timeout: 300_000 }, () => {
  before(async () => {
    teams = await startTeamsStandIn();
    hook = await startHttpReceiver((_, answer) => void answer.writeHead(204).end());
    stage = await startReviewStage(() => ({
      secrets: { HOOK: 'secret', TEAMS: teams.url },
      consoleUrl: CONSOLE_URL,
      channels: [
        { name: 'teams', kind: 'teams', url: 'file:secrets/TEAMS' },
        { name: 'hook', kind: 'webhook', url: hook.url, secret: 'file:secrets/HOOK' },
      ],
    }));
  });
  after(async () => {
    await stage?.[Symbol.asyncDispose]();
    await teams?.[Symbol.asyncDispose]();
    await hook?.[Symbol.asyncDispose]();
  });

  for (const outcome of REVIEW_OUTCOMES) {
    it(`${outcome.name} gets one card that leads to it, and one that says so`, async () => {
      const held = await stage.hold(outcome.statement);
      const { requestId } = held;
      const opened = await teams.nextCard(requestId);
      assert.match(opened.title, /^Review needed: ana: sql\.copy-out/);
      assert.match(opened.facts.get('Who') ?? '', /clinic:ana/);
      assert.equal(opened.facts.get('Has to be approved by'), '1 of privacy-officers');
      assert.equal(opened.statement, outcome.statement);
      assert.equal(opened.url, `${CONSOLE_URL}/requests/${requestId}`);
      await bringAbout(stage, outcome, held, (verdict) => review(requestId, verdict));
      const ended = await teams.nextCard(requestId);
      const state = outcome.state === 'used' ? 'approved' : outcome.state;
      const why = outcome.reason === undefined ? '' : ` \\(${outcome.reason}\\)`;
      assert.match(plainOf(ended.title), new RegExp(`^${state}${why}: ana`, 'i'));
      if (outcome.state === 'rejected')
        assert.match(plainOf(ended.facts.get('petra') ?? ''), /reject Ask/);
    });
  }

  for (const mood of ['down', 'throttling', 'refusing-behind', 'gone', 'silent'] as const) {
    it(`opened while Teams is ${mood} is told elsewhere, and reviewed, as ever`, async () => {
      teams.mood = mood;
      const held = await stage.hold();
      const { requestId } = held;
      await hook.next(({ body }) => body.includes(requestId));
      await teams.next(({ body }) => body.includes(requestId));
      await review(requestId, 'approve');
      assert.equal((await held.ended).code, 0);
      await hook.next(({ body }) => body.includes(requestId) && body.includes('"ended"'));
      assert.deepEqual(
        teams.cards.filter(({ url }) => url?.endsWith(requestId)),
        [],
      );
      teams.mood = 'well';
      // What waited is over by then, and that is what Teams is told.
      if (mood !== 'silent') {
        const { title } = await teams.nextCard(requestId);
        assert.match(title, /^Approved: ana/);
      }
    });
  }
});

/** Text of a card without the marks that keep it from being Markdown. */
function plainOf(text: string): string {
  return text.replaceAll(/\\(.)/g, '$1');
}
