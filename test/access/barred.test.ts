import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  as,
  OLGA,
  type OneProcess,
  PAT,
  person,
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
});
