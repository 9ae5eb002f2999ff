import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ReviewOutcome } from '../../src/access/review-desk.ts';
import { loadPolicies } from '../../src/gateway/session.fixture.ts';
import {
  as,
  BOB,
  findRequest,
  OLGA,
  OMAR,
  type OneProcess,
  POLICIES,
  person,
  ROBOT,
  startTwoProcesses,
  type TwoProcesses,
  tryBulkRead,
  until,
} from './agreement.fixture.ts';

let both: TwoProcesses;
let one: OneProcess;
let other: OneProcess;

before(async () => {
  both = await startTwoProcesses();
  ({ one, other } = both);
});
after(() => both[Symbol.asyncDispose]());

/** What a ledger has of one request, in order. */
function entriesOf({ ledger }: OneProcess, request: string): readonly string[] {
  return ledger.entries
    .filter((entry) => entry['request'] === request)
    .map(({ kind, outcome }) => (typeof outcome === 'string' ? `${kind} ${outcome}` : kind));
}

async function approve(id: string, process: OneProcess = other): Promise<void> {
  await findRequest(process, id);
  const answer = await process.service.review(as(OLGA), id, { verdict: 'approve' });
  assert.equal(answer.kind, 'reviewed');
}

function idOf(outcome: ReviewOutcome): string {
  assert('requestId' in outcome, outcome.kind);
  return outcome.requestId;
}

describe('an operation that waits', () => {
  it('may run, once, when a reviewer at another process approves it', async () => {
    const { opened, outcome } = tryBulkRead(one.openSession());
    const { id = '' } = opened;
    assert.match(id, /^req_[A-Za-z0-9_-]{22}$/);
    assert.equal(opened.url, `https://gate.example/requests/${id}`);
    await approve(id);
    const { policyVersion, ...approved } = (await outcome) as ReviewOutcome & {
      policyVersion: string;
    };
    assert.deepEqual(approved, { kind: 'approved', requestId: id, reviewers: ['okta:olga'] });
    assert.equal(policyVersion, one.policies.current.version);
    assert.deepEqual(entriesOf(one, id), ['review.request', 'review.end used']);
    assert.deepEqual(entriesOf(other, id), ['review.verdict']);
    assert.equal((await findRequest(other, id)).state, 'used');
    const again = await other.service.review(as(OMAR), id, { verdict: 'reject', comment: 'no' });
    assert.deepEqual(again, { kind: 'over', state: 'used' });
  });

  it('is refused with the comment of who rejects it', async () => {
    const { opened, outcome } = tryBulkRead(one.openSession());
    const request = await findRequest(other, opened.id);
    const without = await other.service.review(as(OLGA), request.id, { verdict: 'reject' });
    assert.deepEqual(without, { kind: 'comment-required' });
    const reject = { verdict: 'reject', comment: 'Use the report instead' } as const;
    await other.service.review(as(OLGA), request.id, reject);
    assert.deepEqual(await outcome, {
      kind: 'rejected',
      requestId: request.id,
      reviewer: { id: 'okta:olga', name: 'olga' },
      comment: 'Use the report instead',
    });
  });

  it('is sealed before a reviewer can see it, and refused when it cannot be', async () => {
    const { opened, outcome } = tryBulkRead(one.openSession());
    await findRequest(other, opened.id);
    const [entry] = one.ledger.entries.filter(({ request }) => request === opened.id);
    assert.equal(entry?.kind, 'review.request');
    assert.equal(entry.content?.text, 'SELECT * FROM patients');
    opened.withdraw('cancelled');
    await outcome;
    one.ledger.isWritable = ({ kind }) => kind !== 'review.request';
    const failed = tryBulkRead(one.openSession());
    assert.deepEqual(await failed.outcome, { kind: 'unavailable' });
    one.ledger.isWritable = () => true;
    assert.equal(await other.service.findRequest(as(OLGA), failed.opened.id ?? ''), undefined);
  });

  it('waits on when a verdict cannot be sealed, and nothing of it counts', async () => {
    const { opened, outcome } = tryBulkRead(one.openSession());
    const request = await findRequest(other, opened.id);
    other.ledger.isWritable = () => false;
    await assert.rejects(other.service.review(as(OLGA), request.id, { verdict: 'approve' }));
    other.ledger.isWritable = () => true;
    assert.equal((await findRequest(other, request.id)).reviews.length, 0);
    await approve(request.id);
    assert.equal((await outcome).kind, 'approved');
  });

  it('has one outcome when two reviewers at two processes decide at the same instant', async () => {
    for (let round = 0; round < 5; round++) {
      const { opened, outcome } = tryBulkRead(one.openSession());
      const { id } = await findRequest(other, opened.id);
      const answers = await Promise.all([
        one.service.review(as(OLGA), id, { verdict: 'approve' }),
        other.service.review(as(OMAR), id, { verdict: 'reject', comment: 'no' }),
      ]);
      assert.deepEqual(answers.map(({ kind }) => kind).toSorted(), ['over', 'reviewed']);
      const { kind } = await outcome;
      const isApproved = answers[0]?.kind === 'reviewed';
      assert.equal(kind, isApproved ? 'approved' : 'rejected');
      const verdicts = [one, other].flatMap((process) =>
        entriesOf(process, id).filter((entry) => entry === 'review.verdict'),
      );
      assert.equal(verdicts.length, 1);
    }
  });

  it('is not approved by who asked, by another identity of the same person, or by a stranger', async () => {
    const { opened, outcome } = tryBulkRead(one.openSession());
    const { id } = await findRequest(other, opened.id);
    const officerBob = person(BOB.id, ['officers'], BOB.person);
    const otherBob = person('ldap:robert', ['officers'], BOB.person);
    for (const self of [officerBob, otherBob]) {
      const answer = await other.service.review(as(self), id, { verdict: 'approve' });
      assert.deepEqual(answer, { kind: 'barred', bar: 'own-request' });
    }
    const stranger = person('okta:eve', ['analysts']);
    const hidden = await other.service.review(as(stranger), id, { verdict: 'approve' });
    assert.deepEqual(hidden, { kind: 'not-found' });
    const robot = { ...ROBOT, groups: ['officers'] };
    const machine = await other.service.review(as(robot), id, { verdict: 'approve' });
    assert.deepEqual(machine, { kind: 'barred', bar: 'not-a-reviewer' });
    opened.withdraw('cancelled');
    assert.equal((await outcome).kind, 'withdrawn');
  });

  it('is not run when the policies changed meanwhile', async () => {
    const { opened, outcome } = tryBulkRead(one.openSession());
    const before = one.policies.current;
    await findRequest(other, opened.id);
    one.policies.replace(
      loadPolicies(`${POLICIES} @id("more") permit(principal, action, resource);`),
    );
    await other.service.review(as(OLGA), opened.id ?? '', { verdict: 'approve' });
    const told = await outcome;
    one.policies.replace(before);
    assert.deepEqual(told, {
      kind: 'withdrawn',
      requestId: opened.id,
      reason: 'rights-changed',
    });
    await until(async () => (await findRequest(other, opened.id)).state === 'withdrawn');
  });

  it('is not run when the person has signed in with fewer groups meanwhile', async () => {
    const lena = person('okta:lena', ['analysts', 'night-shift']);
    const { opened, outcome } = tryBulkRead(one.openSession(lena));
    await other.service.noteSignIn({ ...lena, groups: ['analysts'] });
    await approve(opened.id ?? '');
    assert.deepEqual(await outcome, {
      kind: 'withdrawn',
      requestId: opened.id,
      reason: 'rights-changed',
    });
  });

  it('is not run once the sign-in has expired', async () => {
    const brief = { ...BOB, expiresAtMs: Date.now() + 300 };
    const { opened, outcome } = tryBulkRead(one.openSession(brief));
    await until(() => Date.now() >= brief.expiresAtMs);
    await approve(opened.id ?? '').catch(() => undefined);
    assert.deepEqual(await outcome, {
      kind: 'withdrawn',
      requestId: opened.id,
      reason: 'sign-in-expired',
    });
  });

  it('expires by itself, and nobody can approve it then', async () => {
    const { opened, outcome } = tryBulkRead(one.openSession(), {}, 200);
    assert.deepEqual(await outcome, { kind: 'expired', requestId: opened.id });
    await until(async () => (await findRequest(other, opened.id)).state === 'expired');
    const late = await other.service.review(as(OLGA), opened.id ?? '', { verdict: 'approve' });
    assert.deepEqual(late, { kind: 'over', state: 'expired' });
    assert.deepEqual(entriesOf(one, opened.id ?? ''), ['review.request', 'review.end expired']);
  });

  it('is withdrawn when its client cancels or leaves, and the reviewer is told so', async () => {
    const session = one.openSession();
    for (const reason of ['cancelled', 'disconnected'] as const) {
      const { opened, outcome } = tryBulkRead(session);
      await findRequest(other, opened.id);
      opened.withdraw(reason);
      assert.deepEqual(await outcome, { kind: 'withdrawn', requestId: opened.id, reason });
      await until(async () => (await findRequest(other, opened.id)).state === 'withdrawn');
      const answer = await other.service.review(as(OLGA), opened.id ?? '', { verdict: 'approve' });
      assert.deepEqual(answer, { kind: 'over', state: 'withdrawn' });
    }
  });

  it('is withdrawn although its client left before the store had it', async () => {
    const { opened, outcome } = tryBulkRead(one.openSession());
    opened.withdraw('disconnected');
    assert.equal((await outcome).kind, 'withdrawn');
    const waiting = await one.service.listRequests(as(OLGA), { states: ['pending'], limit: 200 });
    assert(!waiting.items.some(({ request }) => request.id === opened.id));
  });

  it('enters nothing in a session after its end', async () => {
    const session = one.openSession();
    const held = tryBulkRead(session);
    await findRequest(other, held.opened.id);
    held.opened.withdraw('disconnected');
    const late = tryBulkRead(session);
    session.finish('client-left');
    session.close();
    late.opened.withdraw('disconnected');
    await Promise.all([held.outcome, late.outcome]);
    await until(async () => (await findRequest(other, held.opened.id)).state === 'withdrawn');
    const kinds = one.ledger.entries.filter((entry) => entry.session === session.id);
    assert.equal(kinds.at(-1)?.kind, 'session.end');
    const [end] = one.ledger.entries.filter(
      ({ kind, request }) => kind === 'review.end' && request === held.opened.id,
    );
    assert.equal(end?.['ofSession'], session.id);
    assert.deepEqual(entriesOf(one, late.opened.id ?? ''), []);
  });

  it('is withdrawn by who asked, and by nobody else', async () => {
    const { opened, outcome } = tryBulkRead(one.openSession());
    const { id } = await findRequest(other, opened.id);
    assert.deepEqual(await other.service.withdraw(as(OLGA), id), { kind: 'not-yours' });
    const stranger = as(person('okta:eve', ['analysts']));
    assert.deepEqual(await other.service.withdraw(stranger, id), { kind: 'not-found' });
    assert.equal((await other.service.withdraw(as(BOB), id)).kind, 'withdrawn');
    assert.deepEqual(await outcome, { kind: 'withdrawn', requestId: id, reason: 'by-requester' });
  });

  it('is withdrawn when its gateway stops, or was lost and starts again', async () => {
    const third = await both.start('g.2');
    const { opened, outcome } = tryBulkRead(third.openSession());
    await findRequest(other, opened.id);
    await third[Symbol.asyncDispose]();
    assert.deepEqual(await outcome, {
      kind: 'withdrawn',
      requestId: opened.id,
      reason: 'gateway-stopping',
    });
    assert.equal((await findRequest(other, opened.id)).state, 'withdrawn');

    const lost = tryBulkRead(one.openSession());
    await findRequest(other, lost.opened.id);
    // As if the process `g.0` were a new one.
    await using reborn = await both.start('g.0');
    const found = await findRequest(other, lost.opened.id);
    assert.equal(found.end?.reason, 'gateway-lost');
    assert.deepEqual(entriesOf(reborn, found.id), ['review.end withdrawn']);
    assert.equal((await lost.outcome).kind, 'withdrawn');
  });

  it('hears of its approval although the announcement was lost', async () => {
    const { opened, outcome } = tryBulkRead(one.openSession());
    const { id } = await findRequest(other, opened.id);
    // Changed behind everybody's back.
    await both.query(
      `update sallyport.access_requests set state = 'rejected', ended_at = now(), ended_outcome = 'rejected'
       where id = '${id}'`,
    );
    assert.equal((await outcome).kind, 'rejected');
  });

  it('is not run because somebody wrote into the store that it is approved', async () => {
    const rita = person('okta:rita', ['analysts']);
    const { opened, outcome } = tryBulkRead(one.openSession(rita), {}, 1_500);
    const { id } = await findRequest(other, opened.id);
    await both.query(
      `update sallyport.access_requests set state = 'approved', expires_at = now() + '1 day' where id = '${id}'`,
    );
    await both.query(`notify sallyport_access, '{"kind":"request.changed","requestId":"${id}"}'`);
    assert.equal((await outcome).kind, 'expired');
    const filed = await tryBulkRead(one.openSession(ROBOT, 'fail'), { sentText: 'SELECT forged' })
      .outcome;
    await both.query(
      `update sallyport.access_requests set state = 'approved' where id = '${idOf(filed)}'`,
    );
    const again = await tryBulkRead(one.openSession(ROBOT, 'fail'), { sentText: 'SELECT forged' })
      .outcome;
    assert.equal(again.kind, 'unavailable');
  });

  it('leaves no room for more than a principal may have waiting', async () => {
    const eager = person('okta:eager', ['analysts']);
    both.reviews.waitingPerPrincipalMax = 3;
    const session = one.openSession(eager);
    const held = Array.from({ length: 8 }, (_, index) =>
      tryBulkRead(session, { sentText: `SELECT ${index} FROM patients` }),
    );
    const refused = await Promise.all(
      (await until(async () => {
        const page = await other.service.listRequests(as(OLGA), { requesterId: eager.id });
        return page.items.length === 3 && page.items;
      })) &&
        held.map(({ outcome }) => Promise.race([outcome, new Promise((r) => setTimeout(r, 300))])),
    );
    both.reviews.waitingPerPrincipalMax = 20;
    assert.equal(refused.filter((outcome) => outcome !== undefined).length, 5);
    for (const { opened } of held) opened.withdraw('cancelled');
    await Promise.all(held.map(({ outcome }) => outcome));
  });

  it('is too large to be reviewed rather than shown in part', async () => {
    const sentText = `SELECT '${'x'.repeat(1_100_000)}'`;
    const { outcome } = tryBulkRead(one.openSession(), { sentText });
    assert.equal((await outcome).kind, 'too-large');
  });
});

describe('an operation that does not wait', () => {
  it('is filed, and runs once when the same principal tries the same again', async () => {
    const first = await tryBulkRead(one.openSession(ROBOT, 'fail')).outcome;
    assert.equal(first.kind, 'filed');
    const id = idOf(first);
    const again = await tryBulkRead(other.openSession(ROBOT, 'fail')).outcome;
    assert.equal(again.kind, 'filed');
    assert.equal(idOf(again), id);
    await approve(id, one);
    const third = tryBulkRead(other.openSession(ROBOT, 'fail'));
    assert.equal(third.opened.id, undefined);
    const outcome = await third.outcome;
    assert.equal(outcome.kind, 'approved');
    assert.equal(idOf(outcome), id);
    const replay = await tryBulkRead(other.openSession(ROBOT, 'fail')).outcome;
    assert.equal(replay.kind, 'filed');
    assert.notEqual(idOf(replay), id);
  });

  it('runs once of many tries at the same instant', async () => {
    const sentText = 'SELECT once FROM patients';
    const [first] = await Promise.all(
      Array.from(
        { length: 6 },
        () => tryBulkRead(one.openSession(ROBOT, 'fail'), { sentText }).outcome,
      ),
    );
    assert(first);
    await approve(idOf(first));
    const outcomes = await Promise.all(
      Array.from(
        { length: 20 },
        (_, index) =>
          tryBulkRead((index % 2 === 0 ? one : other).openSession(ROBOT, 'fail'), { sentText })
            .outcome,
      ),
    );
    assert.equal(outcomes.filter(({ kind }) => kind === 'approved').length, 1);
  });

  it('needs another approval for anything else than what was approved', async () => {
    const sentText = "SELECT * FROM patients WHERE note = 'a b'";
    const parameters = [{ format: 0, value: Buffer.from('1') }];
    const tried = { sentText, sentParameters: parameters };
    const filed = await tryBulkRead(one.openSession(ROBOT, 'fail'), tried).outcome;
    await approve(idOf(filed));
    const others = [
      { ...tried, sentText: "SELECT * FROM patients WHERE note = 'a  b'" },
      { ...tried, sentParameters: [{ format: 0, value: Buffer.from('2') }] },
      { ...tried, sentParameters: [] },
      { ...tried, meaning: { searchPath: 'private' } },
    ];
    for (const different of others) {
      const outcome = await tryBulkRead(one.openSession(ROBOT, 'fail'), different).outcome;
      assert.equal(outcome.kind, 'filed');
      assert.notEqual(idOf(outcome), idOf(filed));
    }
    for (const principal of [
      { ...ROBOT, id: 'ci:other', subject: 'other' },
      { ...ROBOT, groups: ['analysts', 'more'] },
    ]) {
      const outcome = await tryBulkRead(one.openSession(principal, 'fail'), tried).outcome;
      assert.equal(outcome.kind, 'filed');
    }
    const before = one.policies.current;
    one.policies.replace(
      loadPolicies(`${POLICIES} @id("more") permit(principal, action, resource);`),
    );
    const changed = await tryBulkRead(one.openSession(ROBOT, 'fail'), tried).outcome;
    one.policies.replace(before);
    assert.equal(changed.kind, 'filed');
    assert.equal(
      (await tryBulkRead(one.openSession(ROBOT, 'fail'), tried).outcome).kind,
      'approved',
    );
  });

  it('is rejected as long as the rejection is young', async () => {
    const sentText = 'SELECT rejected FROM patients';
    const filed = await tryBulkRead(one.openSession(ROBOT, 'fail'), { sentText }).outcome;
    const reject = { verdict: 'reject', comment: 'never' } as const;
    await other.service.review(as(OLGA), idOf(filed), reject);
    const again = await tryBulkRead(one.openSession(ROBOT, 'fail'), { sentText }).outcome;
    assert.equal(again.kind, 'rejected');
    assert.equal(idOf(again), idOf(filed));
  });

  it('is not approved for longer than it said', async () => {
    const sentText = 'SELECT late FROM patients';
    const session = one.openSession(ROBOT, 'fail');
    const filed = await tryBulkRead(session, { sentText }, 500).outcome;
    const id = idOf(filed);
    await approve(id);
    const { expiresAtMs } = await findRequest(other, id);
    await until(() => Date.now() >= expiresAtMs);
    const late = await tryBulkRead(session, { sentText }).outcome;
    assert.equal(late.kind, 'filed');
    assert.notEqual(idOf(late), id);
  });
});
