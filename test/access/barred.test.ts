import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { loadPolicies } from '../../src/gateway/session.fixture.ts';
import {
  as,
  findRequest,
  OLGA,
  OMAR,
  type OneProcess,
  PAT,
  POLICIES,
  person,
  ROBOT,
  startTwoProcesses,
  type TwoProcesses,
  tryBulkRead,
  until,
} from './agreement.fixture.ts';

const HOUR_MS = 3_600_000;
const RITA = person('okta:rita', ['analysts']);

let both: TwoProcesses;
let one: OneProcess;
let other: OneProcess;

describe('who is barred', () => {
  before(async () => {
    both = await startTwoProcesses();
    ({ one, other } = both);
  });
  after(() => both[Symbol.asyncDispose]());

  it('is given no grant that others approve afterwards', async () => {
    const asker = person('okta:barred', PAT.groups);
    const wanted = { grant: 'on-call', target: 'hospital', durationMs: HOUR_MS, reason: 'night' };
    const asked = await one.service.requestGrant(as(asker), wanted);
    assert.equal(asked.kind, 'waiting');
    both.disabled.add(asker.id);
    const answer = await other.service.review(as(OLGA), asked.request.id, { verdict: 'approve' });
    assert.deepEqual(answer, { kind: 'over', state: 'withdrawn' });
    assert.deepEqual(one.access.grants.find(asker.id, 'hospital'), []);
  });

  it('has nobody review in their place', async () => {
    const nora = person('okta:nora', ['officers']);
    await one.service.noteSignIn(PAT);
    const week = { groups: ['officers'], durationMs: 24 * HOUR_MS, reason: 'holidays' };
    const given = await one.service.delegate(as(nora), { to: PAT.id, ...week });
    assert.equal(given.kind, 'delegated');
    const held = tryBulkRead(one.openSession(RITA));
    const id = held.opened.id ?? '';
    await until(() => other.service.findRequest(as(PAT), id));
    both.disabled.add(nora.id);
    const verdict = await other.service.review(as(PAT), id, { verdict: 'approve' });
    assert.deepEqual(verdict, { kind: 'not-found' });
    held.opened.withdraw('cancelled');
    await held.outcome;
  });

  it('has nothing run that they approved before', async () => {
    const nadia = person('okta:nadia', ['officers']);
    const sentText = 'SELECT approved FROM patients';
    const tryIt = () => tryBulkRead(one.openSession(ROBOT, 'fail'), { sentText }).outcome;
    const filed = await tryIt();
    assert.equal(filed.kind, 'filed');
    const id = filed.requestId;
    const answer = await other.service.review(as(nadia), id, { verdict: 'approve' });
    assert.equal(answer.kind, 'reviewed');
    both.disabled.add(nadia.id);
    assert.deepEqual(await tryIt(), {
      kind: 'withdrawn',
      requestId: id,
      reason: 'rights-changed',
    });
    await until(async () => (await findRequest(other, id)).state === 'withdrawn');
    const anew = await tryIt();
    assert.equal(anew.kind, 'filed');
    assert.notEqual(anew.requestId, id);
  });

  it('is not one of those who agree', async () => {
    const before = one.policies.current;
    const four = loadPolicies(POLICIES.replace('@review("officers")', '$& @quorum("2")'));
    for (const { policies } of [one, other]) policies.replace(four);
    const nils = person('okta:nils', ['officers']);
    const held = tryBulkRead(one.openSession(RITA));
    const { id } = await findRequest(other, held.opened.id);
    const states: string[] = [];
    for (const [reviewer, isBarredThen] of [
      [nils, true],
      [OLGA, false],
      [OMAR, false],
    ] as const) {
      await other.service.review(as(reviewer), id, { verdict: 'approve' });
      states.push((await findRequest(other, id)).state);
      if (isBarredThen) both.disabled.add(nils.id);
    }
    const outcome = await held.outcome;
    for (const { policies } of [one, other]) policies.replace(before);
    assert.deepEqual(states.slice(0, 2), ['pending', 'pending']);
    assert.equal(outcome.kind, 'approved');
  });
});
