import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OperationRequest } from '../../access/access-request.ts';
import type { Actor, ReviewInput } from '../../access/access-service.ts';
import type { KnownPerson } from '../../access/person.ts';
import { OPERATION } from '../../access/request.fixture.ts';
import {
  actOnSlack,
  type SlackCall,
  type SlackInteractionParts,
  signSlack,
} from './slack-interactions.ts';
import { REJECT_FORM, SLACK_ACTIONS } from './slack-message.ts';

const NOW_MS = Date.UTC(2026, 0, 2);
const SECRET = 'shh';
const PAT: KnownPerson = {
  id: 'okta:pat',
  isVouched: true,
  person: 'pat@hospital.example',
  kind: 'person',
  name: 'Pat',
  groups: ['officers'],
  firstSeenAtMs: 0,
  lastSeenAtMs: NOW_MS - 3_600_000,
};

/** A request of which a message shows all. */
const WHOLE: OperationRequest = {
  ...OPERATION,
  operation: { ...OPERATION.operation, text: 'TABLE patients', literals: [], parameters: [] },
};

interface Heard {
  readonly parts: SlackInteractionParts;
  readonly reviews: (readonly [Actor, string, ReviewInput])[];
  readonly told: string[];
  readonly asked: string[];
}

function open(changes: Partial<SlackInteractionParts> = {}): Heard {
  const reviews: Heard['reviews'] = [];
  const told: string[] = [];
  const asked: string[] = [];
  return {
    reviews,
    told,
    asked,
    parts: {
      channel: {
        name: 'slack',
        groups: [],
        deliver: async () => undefined,
        warn: async () => undefined,
        tell: async (_user, text) => void told.push(text),
        askReason: async (trigger, id) => void asked.push(`${trigger} ${id}`),
      },
      signingSecret: SECRET,
      people: { U1: 'okta:pat' },
      access: {
        review: async (actor, id, review) => {
          reviews.push([actor, id, review]);
          return { kind: 'reviewed', request: { ...OPERATION, state: 'approved' } };
        },
      },
      findRequest: async () => WHOLE,
      findPerson: async (id) => (id === PAT.id ? PAT : undefined),
      isDisabled: () => false,
      nowMs: () => NOW_MS,
      ...changes,
    },
  };
}

function callOf(payload: unknown, changes: Partial<SlackCall> = {}): SlackCall {
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const timestamp = String(NOW_MS / 1000);
  const signature = signSlack(SECRET, timestamp, body);
  const { signal } = new AbortController();
  return { body, timestamp, signature, clientAddress: '10.0.0.9', signal, ...changes };
}

function press(action: string, user = 'U1'): unknown {
  const actions = [{ action_id: action, value: 'req_1' }];
  return { type: 'block_actions', user: { id: user }, trigger_id: 't1', actions };
}

function submit(value: string | null): unknown {
  const { submit: callback_id, block, input } = REJECT_FORM;
  const state = { values: { [block]: { [input]: { value } } } };
  const view = { callback_id, private_metadata: 'req_1', state };
  return { type: 'view_submission', user: { id: 'U1' }, view };
}

describe('actOnSlack', () => {
  it('approves as the principal that the configuration names, with their groups', async () => {
    const { parts, reviews, told } = open();
    assert.equal((await actOnSlack(parts, callOf(press(SLACK_ACTIONS.approve)))).kind, 'reviewed');
    const [actor, id, review] = reviews[0] ?? assert.fail('nothing was reviewed');
    assert.equal(id, 'req_1');
    assert.deepEqual(review, { verdict: 'approve' });
    assert.equal(actor.principal.id, 'okta:pat');
    assert.equal(actor.principal.person, 'pat@hospital.example');
    assert.deepEqual(actor.principal.groups, ['officers']);
    assert.equal(actor.via, 'slack');
    assert.match(told[0] ?? '', /approved/);
  });

  it('approves nothing of which a message hides a value, a parameter or a changed row', async () => {
    const { operation } = WHOLE;
    const changes = [
      { relation: 'a.b', inserted: 1, updated: 0, deleted: 0, columns: [], samples: [] },
    ];
    for (const hiding of [
      OPERATION.operation,
      { ...operation, parameters: OPERATION.operation.parameters },
      { ...operation, literals: [{ start: 0, end: 5, className: undefined }] },
      { ...operation, changes },
      { ...operation, text: 'TABLE patients;'.repeat(200) },
    ]) {
      const { parts, reviews } = open({
        findRequest: async () => ({ ...OPERATION, operation: hiding }),
      });
      const outcome = await actOnSlack(parts, callOf(press(SLACK_ACTIONS.approve)));
      assert.equal(outcome.kind, 'not-whole');
      assert.deepEqual(reviews, []);
    }
  });

  it('asks why before it rejects, and rejects with what was said', async () => {
    const { parts, reviews, asked } = open();
    assert.equal(
      (await actOnSlack(parts, callOf(press(SLACK_ACTIONS.reject)))).kind,
      'asked-reason',
    );
    assert.deepEqual(asked, ['t1 req_1']);
    assert.deepEqual(reviews, []);
    await actOnSlack(parts, callOf(submit('not in working hours')));
    assert.deepEqual(reviews[0]?.[2], { verdict: 'reject', comment: 'not in working hours' });
  });

  it('leaves an empty reason to the service, which refuses it', async () => {
    const { parts, reviews } = open();
    await actOnSlack(parts, callOf(submit(null)));
    assert.deepEqual(reviews[0]?.[2], { verdict: 'reject', comment: '' });
  });

  it('refuses what Slack did not sign, byte for byte, lately', async () => {
    const { parts, reviews } = open();
    const good = callOf(press(SLACK_ACTIONS.approve));
    const old = String(NOW_MS / 1000 - 301);
    const bad: readonly SlackCall[] = [
      { ...good, body: `${good.body}&x=1` },
      { ...good, signature: undefined },
      { ...good, signature: '' },
      { ...good, signature: good.signature?.slice(0, -1) },
      { ...good, signature: signSlack('other', good.timestamp ?? '', good.body) },
      { ...good, timestamp: undefined },
      { ...good, timestamp: 'now' },
      { ...good, timestamp: String(NOW_MS / 1000 + 1) },
      { ...good, timestamp: old, signature: signSlack(SECRET, old, good.body) },
    ];
    for (const call of bad) assert.equal((await actOnSlack(parts, call)).kind, 'refused');
    assert.deepEqual(reviews, []);
  });

  it('takes nobody for anybody who is not in the configuration, signed in lately and a person', async () => {
    const cases: readonly (readonly [Partial<SlackInteractionParts>, string])[] = [
      [{}, 'U2'],
      [{}, 'constructor'],
      [{ isDisabled: () => true }, 'U1'],
      [{ findPerson: async () => undefined }, 'U1'],
      [{ findPerson: async () => ({ ...PAT, kind: 'workload' }) }, 'U1'],
      [{ findPerson: async () => ({ ...PAT, isVouched: false }) }, 'U1'],
      [{ findPerson: async () => ({ ...PAT, lastSeenAtMs: NOW_MS - 25 * 3_600_000 }) }, 'U1'],
    ];
    for (const [changes, user] of cases) {
      const { parts, reviews } = open(changes);
      const outcome = await actOnSlack(parts, callOf(press(SLACK_ACTIONS.approve, user)));
      assert.equal(outcome.kind, 'unknown-person');
      assert.deepEqual(reviews, []);
    }
  });

  it('ignores what is none of its buttons', async () => {
    const { parts, reviews } = open();
    const strange: readonly unknown[] = [
      undefined,
      null,
      [],
      'text',
      {},
      { type: 'block_actions', user: { id: 'U1' } },
      press('sallyport-open'),
      { type: 'view_submission', user: { id: 'U1' }, view: { callback_id: 'other' } },
      { type: 'shortcut', user: { id: 'U1' } },
    ];
    for (const payload of strange) {
      assert.equal((await actOnSlack(parts, callOf(payload))).kind, 'ignored', String(payload));
    }
    const body = 'payload=%7B';
    const timestamp = String(NOW_MS / 1000);
    const call = callOf({}, { body, signature: signSlack(SECRET, timestamp, body) });
    assert.equal((await actOnSlack(parts, call)).kind, 'ignored');
    assert.deepEqual(reviews, []);
  });
});
