import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AccessSweep } from '../../src/control-plane/agreement/access-sweep.ts';
import { HOSPITAL, loadPolicies } from '../../src/gateway/session.fixture.ts';
import { SILENT_LOG } from '../../src/telemetry/log.ts';
import {
  as,
  BOB,
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

let both: TwoProcesses;
let one: OneProcess;
let other: OneProcess;

before(async () => {
  both = await startTwoProcesses();
  ({ one, other } = both);
});
after(() => both[Symbol.asyncDispose]());

const HOUR_MS = 3_600_000;
const ON_CALL = {
  grant: 'on-call',
  target: 'hospital',
  durationMs: HOUR_MS,
  reason: 'night shift',
};

function kindsOf(process: OneProcess, field: string, id: string): readonly string[] {
  return process.ledger.entries.filter((entry) => entry[field] === id).map(({ kind }) => kind);
}

async function isInForce(process: OneProcess, holder: string, wanted = true): Promise<void> {
  await until(() => process.access.grants.find(holder, 'hospital').includes('on-call') === wanted);
}

/** Asks, has it approved, and returns the grant. */
async function obtain(principal: typeof PAT, durationMs = HOUR_MS): Promise<string> {
  const asked = await one.service.requestGrant(as(principal), { ...ON_CALL, durationMs });
  assert.equal(asked.kind, 'waiting');
  const answer = await other.service.review(as(OLGA), asked.request.id, { verdict: 'approve' });
  assert.equal(answer.kind, 'reviewed');
  assert.equal(answer.request.state, 'granted');
  const grants = await one.service.listGrants(as(principal), { inForce: true, mine: true });
  const grant = grants.items.find(({ requestId }) => requestId === asked.request.id);
  assert(grant);
  return grant.id;
}

const SELECT = () => [
  {
    action: 'sql.select',
    facts: {
      database: 'hospital',
      protocol: 'postgres',
      statements: 1,
      command: 'SELECT',
      reads: [],
      writes: [],
      relations: [],
      columns: [],
      functions: [],
      objectKind: '',
      objects: [],
      hasWhere: true,
      limit: 1,
      bulk: false,
      opaque: false,
      ambiguous: false,
    },
  },
];

describe('a grant', () => {
  it('begins with its approval, is in force at every process, and is given up', async () => {
    const id = await obtain(PAT);
    await isInForce(one, PAT.id);
    await isInForce(other, PAT.id);
    assert.deepEqual(kindsOf(other, 'grant', id), ['grant.start']);
    const session = one.openSession(PAT);
    assert.equal(session.decide({}, SELECT).kind, 'allow');
    const answer = await other.service.revokeGrant(as(PAT), id, 'done');
    assert.equal(answer.kind, 'revoked');
    await isInForce(one, PAT.id, false);
    assert.deepEqual(kindsOf(other, 'grant', id), ['grant.start', 'grant.revoke']);
    const again = await other.service.revokeGrant(as(PAT), id, 'done');
    assert.deepEqual(again, { kind: 'ended' });
  });

  it('has no effect from the next operation on once it is revoked, and ends what lived on it', async () => {
    const id = await obtain(PAT);
    await isInForce(one, PAT.id);
    const session = one.openSession(PAT);
    const ends: string[] = [];
    session.onAbort((reason) => ends.push(reason));
    assert.equal(session.decide({}, SELECT).kind, 'allow');
    assert.equal((await other.service.revokeGrant(as(OLGA), id, 'no more')).kind, 'revoked');
    await isInForce(one, PAT.id, false);
    const decision = session.decide({}, SELECT);
    assert.equal(decision.kind, 'deny');
    assert.deepEqual(ends, ['grant-ended']);
  });

  it('leaves a session that does not live on it, without what it permitted', async () => {
    const nurse = person('okta:nurse', ['analysts']);
    const id = await obtain(nurse);
    await isInForce(one, nurse.id);
    const session = one.openSession(nurse);
    const before = session.rights;
    await other.service.revokeGrant(as(nurse), id, '');
    await isInForce(one, nurse.id, false);
    assert.equal(session.decide({}, SELECT).kind, 'allow');
    assert.equal(session.abortReason, undefined);
    assert.notEqual(session.rights, before);
  });

  it('voids what was asked for under it', async () => {
    const nurse = person('okta:night-nurse', ['analysts']);
    const id = await obtain(nurse);
    await isInForce(one, nurse.id);
    const { opened, outcome } = tryBulkRead(one.openSession(nurse));
    await one.service.revokeGrant(as(nurse), id, '');
    assert.deepEqual(await outcome, {
      kind: 'withdrawn',
      requestId: opened.id,
      reason: 'rights-changed',
    });
  });

  it('ends by time at once, and in ledger and store once, whoever looks', async () => {
    const id = await obtain(PAT, 1_000);
    await isInForce(one, PAT.id);
    await isInForce(one, PAT.id, false);
    const sweeps = [one, other].map(
      ({ access, ledger }) =>
        new AccessSweep({ ...access.stores, ledger, nowMs: Date.now, log: SILENT_LOG }),
    );
    await Promise.all(sweeps.map((sweep) => sweep.sweep()));
    for (const sweep of sweeps) sweep[Symbol.dispose]();
    const ends = [one, other].flatMap((process) =>
      kindsOf(process, 'grant', id).filter((kind) => kind === 'grant.end'),
    );
    assert.deepEqual(ends, ['grant.end']);
    const grant = await one.service.findGrant(as(PAT), id);
    assert.equal(grant?.end?.cause, 'expired');
  });

  it('is what was sealed, whatever somebody wrote into the store', async () => {
    const id = await obtain(PAT, 2_000);
    await isInForce(one, PAT.id);
    await both.query(
      `update sallyport.access_grants set ends_at = now() + '1 day', holder_id = 'okta:eve' where id = '${id}'`,
    );
    await both.query(`notify sallyport_access, '{"kind":"grant.changed","grantId":"${id}"}'`);
    await isInForce(one, PAT.id, false);
    assert.deepEqual(one.access.grants.find('okta:eve', 'hospital'), []);
  });

  it('does not hide behind one that cannot be read', async () => {
    const id = await obtain(PAT);
    await both.query(
      `insert into sallyport.access_grants (id, holder_id, target, starts_at, ends_at, sealed)
       values ('gr_bad', 'okta:pat', 'hospital', now(), now() + '1 day', '\\x00')`,
    );
    const { items } = await one.service.listGrants(as(PAT), { inForce: true, mine: true });
    assert(items.some((grant) => grant.id === id) && !items.some((grant) => grant.id === 'gr_bad'));
    await one.access.grants.read();
    assert.deepEqual(one.access.grants.find(PAT.id, 'hospital'), ['on-call']);
    await one.service.revokeGrant(as(PAT), id, '');
    await isInForce(one, PAT.id, false);
  });

  it('is prolonged as it was given: by review', async () => {
    const id = await obtain(PAT);
    const before = await one.service.findGrant(as(PAT), id);
    const more = { durationMs: HOUR_MS / 2, reason: 'still busy' };
    assert.deepEqual(await one.service.extendGrant(as(BOB), id, more), { kind: 'not-found' });
    const asked = await one.service.extendGrant(as(PAT), id, more);
    assert.equal(asked.kind, 'waiting');
    await other.service.review(as(OLGA), asked.request.id, { verdict: 'approve' });
    const grant = await one.service.findGrant(as(PAT), id);
    assert.equal(grant?.endsAtMs, (before?.endsAtMs ?? 0) + HOUR_MS / 2);
    assert.deepEqual(kindsOf(other, 'grant', id), ['grant.start', 'grant.extend']);
    await one.service.revokeGrant(as(PAT), id, '');
    assert.deepEqual(await one.service.extendGrant(as(PAT), id, more), { kind: 'ended' });
  });

  it('is not begun anew by an approval of more time that comes after it was revoked', async () => {
    const id = await obtain(PAT);
    const more = { durationMs: HOUR_MS / 2, reason: 'still busy' };
    const asked = await one.service.extendGrant(as(PAT), id, more);
    assert.equal(asked.kind, 'waiting');
    await one.service.revokeGrant(as(PAT), id, '');
    const answer = await other.service.review(as(OLGA), asked.request.id, { verdict: 'approve' });
    assert.deepEqual(answer, { kind: 'over', state: 'withdrawn' });
    const grants = await one.service.listGrants(as(PAT), { mine: true });
    assert(!grants.items.some(({ requestId }) => requestId === asked.request.id));
    assert.notEqual((await one.service.findGrant(as(PAT), id))?.end, undefined);
  });

  it('begins at once where no review is asked for, and can be prolonged up to its limit', async () => {
    const desk = { ...ON_CALL, grant: 'desk', durationMs: 30_000 };
    const answer = await one.service.requestGrant(as(PAT), desk);
    assert.equal(answer.kind, 'granted');
    const { id, endsAtMs } = answer.grant;
    const longer = await one.service.extendGrant(as(PAT), id, { durationMs: 60_000, reason: '' });
    assert.equal(longer.kind, 'granted');
    assert(longer.grant.endsAtMs > endsAtMs);
    assert(longer.grant.endsAtMs <= Date.now() + 60_000);
  });

  it('cannot be asked for too long, of a target or a kind that is not there, or without a permit', async () => {
    const ask = (changes: object): Promise<unknown> =>
      one.service.requestGrant(as(PAT), { ...ON_CALL, ...changes });
    assert.deepEqual(await ask({ durationMs: 7_200_001 }), {
      kind: 'too-long',
      durationMaxMs: 7_200_000,
    });
    assert.deepEqual(await ask({ target: 'moon' }), { kind: 'not-found' });
    assert.deepEqual(await ask({ grant: 'root' }), { kind: 'not-found' });
  });

  it('is not seen, let alone revoked, by strangers', async () => {
    const id = await obtain(PAT);
    const stranger = as(person('okta:eve', []));
    assert.equal(await one.service.findGrant(stranger, id), undefined);
    assert.deepEqual(await one.service.revokeGrant(stranger, id, ''), { kind: 'not-found' });
    assert.deepEqual((await one.service.listGrants(stranger, {})).items, []);
    assert((await one.service.listGrants(as(OLGA), {})).items.some((grant) => grant.id === id));
    await one.service.revokeGrant(as(PAT), id, '');
  });

  it('does not begin when others have to agree by now', async () => {
    const asked = await one.service.requestGrant(as(PAT), ON_CALL);
    assert.equal(asked.kind, 'waiting');
    const before = other.policies.current;
    const stricter = POLICIES.replace(
      '@review("officers") @reason("On call',
      '@review("board") @reason("On call',
    );
    assert.notEqual(stricter, POLICIES);
    other.policies.replace(loadPolicies(stricter));
    const answer = await other.service.review(as(OLGA), asked.request.id, { verdict: 'approve' });
    other.policies.replace(before);
    assert.deepEqual(answer, { kind: 'over', state: 'withdrawn' });
    const grants = await one.service.listGrants(as(PAT), { mine: true });
    assert(!grants.items.some(({ requestId }) => requestId === asked.request.id));
  });

  it('does not begin when the requester could not ask for it any more', async () => {
    const asked = await one.service.requestGrant(as(PAT), ON_CALL);
    assert.equal(asked.kind, 'waiting');
    both.grants.splice(0, 1);
    const answer = await other.service.review(as(OLGA), asked.request.id, { verdict: 'approve' });
    assert.deepEqual(answer, { kind: 'over', state: 'withdrawn' });
    const found = await one.service.findRequest(as(PAT), asked.request.id);
    assert.equal(found?.request.end?.reason, 'rights-changed');
    both.grants.unshift({
      name: 'on-call',
      description: 'At night',
      durationMaxMs: 7_200_000,
      breakGlass: { reviewers: ['officers'], alert: ['pager'] },
    });
  });
});

describe('break-glass', () => {
  it('is in force at once, alerts, and stays on the list until somebody else has reviewed it', async () => {
    const alerts: unknown[] = [];
    const stop = other.service.subscribe((event) => {
      if (event.kind === 'alert') alerts.push(event.channels);
    });
    const taken = await one.service.takeBreakGlass(as(BOB), { ...ON_CALL, reason: 'code blue' });
    assert.equal(taken.kind, 'taken');
    await isInForce(one, BOB.id);
    await isInForce(other, BOB.id);
    await until(() => alerts.length > 0);
    stop();
    assert.deepEqual(alerts, [['pager']]);
    const { id } = taken.request;
    assert.deepEqual(kindsOf(one, 'request', id), ['break-glass']);
    await one.service.revokeGrant(as(BOB), taken.grant.id, 'over');
    const listed = await other.service.listRequests(as(OMAR), { states: ['unreviewed'] });
    assert.deepEqual(
      listed.items.map(({ request, reviewBar }) => [request.id, reviewBar]),
      [[id, undefined]],
    );
    assert.equal((await other.service.countRequests(as(OMAR))).unreviewed, 1);
    const self = person('okta:bob', ['officers']);
    const own = await other.service.review(as(self), id, { verdict: 'approve' });
    assert.deepEqual(own, { kind: 'barred', bar: 'own-request' });
    const objection = { verdict: 'reject', comment: 'There was no emergency' } as const;
    const answer = await other.service.review(as(OMAR), id, objection);
    assert.equal(answer.kind, 'reviewed');
    assert.equal(answer.request.state, 'reviewed');
    assert.equal((await other.service.countRequests(as(OMAR))).unreviewed, 0);
    assert.deepEqual(kindsOf(other, 'request', id), ['review.verdict', 'review.end']);
  });

  it('is taken only with a reason, where the policies and the configuration let one', async () => {
    const take = (principal: typeof BOB, changes: object): Promise<unknown> =>
      one.service.takeBreakGlass(as(principal), { ...ON_CALL, ...changes });
    assert.deepEqual(await take(BOB, { reason: ' ' }), { kind: 'reason-required' });
    assert.deepEqual(await take(BOB, { reason: '\u200b\u2800' }), { kind: 'reason-required' });
    assert.deepEqual(await take(PAT, {}), { kind: 'not-found' });
    assert.deepEqual(await take(BOB, { grant: 'desk', durationMs: 1_000 }), { kind: 'not-found' });
  });

  it('is not taken when it cannot be sealed', async () => {
    one.ledger.isWritable = () => false;
    const principal = person('okta:hasty', ['analysts']);
    await assert.rejects(one.service.takeBreakGlass(as(principal), ON_CALL));
    one.ledger.isWritable = () => true;
    assert.deepEqual((await one.service.listGrants(as(principal), {})).items, []);
  });
});

describe('an approval', () => {
  it('is taken once, however many come at a time', async () => {
    const asker = person('okta:burst', ['analysts']);
    const asked = await one.service.requestGrant(as(asker), ON_CALL);
    assert.equal(asked.kind, 'waiting');
    const answers = await Promise.all(
      Array.from({ length: 24 }, () =>
        one.service.review(as(OLGA), asked.request.id, { verdict: 'approve' }),
      ),
    );
    assert.equal(answers.filter(({ kind }) => kind === 'reviewed').length, 1);
    assert.equal(answers.filter(({ kind }) => kind === 'over').length, 23);
  });
});

describe('a delegation', () => {
  const RITA = person('okta:rita', ['analysts']);
  const WEEK = { groups: ['officers'], durationMs: 86_400_000, reason: 'holidays' };

  it('lets its holder review in place of who gave it, while both are what they were', async () => {
    const dora = person('okta:dora', ['officers']);
    await one.service.noteSignIn(PAT);
    const given = await one.service.delegate(as(dora), { to: PAT.id, ...WEEK });
    assert.equal(given.kind, 'delegated');
    const first = tryBulkRead(one.openSession(RITA));
    const id = first.opened.id ?? '';
    await until(() => other.service.findRequest(as(PAT), id));
    const page = await other.service.listRequests(as(PAT), { reviewable: true });
    assert(page.items.some(({ request }) => request.id === id));
    const answer = await other.service.review(as(PAT), id, { verdict: 'approve' });
    assert.equal(answer.kind, 'reviewed');
    assert.equal(answer.request.reviews[0]?.onBehalfOf?.id, dora.id);
    assert.equal((await first.outcome).kind, 'approved');

    // Dora is no officer any more: what she passed on goes with it.
    await one.service.noteSignIn({ ...dora, groups: [] });
    const second = tryBulkRead(one.openSession(RITA));
    await until(() => other.service.findRequest(as(OLGA), second.opened.id ?? ''));
    const late = await other.service.review(as(PAT), second.opened.id ?? '', {
      verdict: 'approve',
    });
    assert.deepEqual(late, { kind: 'not-found' });
    second.opened.withdraw('cancelled');
    await second.outcome;
  });

  it('lets its holder hear of requests with those who may read them, and no stranger', async () => {
    const dora = person('okta:dora-2', ['officers']);
    const deputy = person('okta:deputy', ['nurses']);
    await one.service.noteSignIn(deputy);
    await one.service.delegate(as(dora), { to: deputy.id, ...WEEK });
    const held = tryBulkRead(one.openSession(RITA));
    const id = held.opened.id ?? '';
    await until(() => other.service.findRequest(as(OLGA), id));
    // A token has the groups of its issue: Olga has signed in since, and is an officer still.
    await one.service.noteSignIn(OLGA);
    const byToken = { ...OLGA, signIn: 'sallyport-token' } as const;
    const reading = other.service.shareReading();
    for (const [principal, isTold] of [
      ...([
        [RITA, true],
        [OLGA, true],
        [byToken, true],
        [deputy, true],
      ] as const),
      ...([
        [person('okta:eve', ['nurses']), false],
        [ROBOT, false],
      ] as const),
      [{ ...byToken, id: 'okta:lost', groups: ['analysts'] }, false],
    ] as const) {
      const found = await reading.findRequest(as(principal), id);
      const asked = await other.service.findRequest(as(principal), id);
      assert.deepEqual([found?.id, asked?.request.id], isTold ? [id, id] : [undefined, undefined]);
    }
    held.opened.withdraw('cancelled');
    await held.outcome;
  });

  it('is not given by a token whose groups its holder has lost', async () => {
    await one.service.noteSignIn(PAT);
    const odo = person('okta:odo', []);
    await one.service.noteSignIn(odo);
    const old = { ...odo, groups: ['officers'], signIn: 'sallyport-token' } as const;
    const given = await one.service.delegate(as(old), { to: PAT.id, ...WEEK });
    assert.deepEqual(given, { kind: 'not-your-groups', groups: ['officers'] });
    const { items } = (await one.service.listPeople(as(OLGA), { query: odo.id })) ?? {};
    assert.deepEqual(items?.[0]?.groups, []);
  });

  it('does not bring back what its giver has lost since a browser was signed in', async () => {
    await one.service.noteSignIn(PAT);
    const ida = person('okta:ida', ['officers']);
    const browser = { ...ida, signIn: 'oidc-browser' } as const;
    await one.service.noteSignIn(browser);
    await one.service.noteSignIn({ ...ida, groups: [] });
    await one.service.delegate(as(browser), { to: PAT.id, ...WEEK });
    const { items } = (await one.service.listPeople(as(OLGA), { query: ida.id })) ?? {};
    assert.deepEqual(items?.[0]?.groups, []);
  });

  it('ends when either of the two says so', async () => {
    await one.service.noteSignIn(PAT);
    const given = await one.service.delegate(as(OLGA), { to: PAT.id, ...WEEK });
    assert.equal(given.kind, 'delegated');
    const { id } = given.delegation;
    assert.deepEqual(await one.service.endDelegation(as(OMAR), id), { kind: 'not-found' });
    assert.equal((await one.service.endDelegation(as(PAT), id)).kind, 'ended');
    assert.deepEqual(await one.service.endDelegation(as(OLGA), id), { kind: 'not-found' });
    assert.deepEqual(kindsOf(one, 'delegation', id), ['delegation.start', 'delegation.end']);
    const running = await one.service.listDelegations(as(PAT), { running: true });
    assert(!running.some((delegation) => delegation.id === id));
  });

  it('is for known people, own groups and a while', async () => {
    const give = (changes: object): Promise<unknown> =>
      one.service.delegate(as(OLGA), { to: PAT.id, ...WEEK, ...changes });
    assert.deepEqual(await give({ to: 'okta:nobody' }), { kind: 'unknown-person' });
    assert.deepEqual(await give({ groups: ['board'] }), {
      kind: 'not-your-groups',
      groups: ['board'],
    });
    assert.deepEqual(await give({ durationMs: 86_400_001 }), {
      kind: 'too-long',
      durationMaxMs: 86_400_000,
    });
    assert.deepEqual(await give({ reason: '' }), { kind: 'reason-required' });
    assert.deepEqual(await give({ reason: '\u2060' }), { kind: 'reason-required' });
    const twin = person('ldap:olga', [], OLGA.person);
    await one.service.noteSignIn(twin);
    assert.deepEqual(await give({ to: twin.id }), { kind: 'to-oneself' });
    // Whoever could write into the store would else hold it, as that person.
    await one.service.noteSignIn(person('okta:deb', [], 'd-7'));
    await both.query("update sallyport.people set sealed = null where id = 'okta:deb'");
    const given = await one.service.delegate(as(OLGA), { to: 'okta:deb', ...WEEK });
    assert.equal(given.kind === 'delegated' && given.delegation.to.person, undefined);
  });
});

describe('listPeople', () => {
  it('has the groups of the last sign-in, not of an older one that is still used', async () => {
    const ora = person('okta:ora', ['officers']);
    await one.service.noteSignIn({ ...ora, groups: [] });
    const old = { ...ora, signIn: 'oidc-browser' } as const;
    await one.service.review(as(old), 'req_none', { verdict: 'approve' });
    const { items } = (await one.service.listPeople(as(OLGA), { query: ora.id })) ?? {};
    assert.deepEqual(items?.[0]?.groups, []);
  });

  it('shows who signed in to who may know', async () => {
    await one.service.noteSignIn(PAT);
    assert.equal(await one.service.listPeople(as(PAT), {}), undefined);
    const page = await one.service.listPeople(as(OLGA), { query: 'PA' });
    assert.deepEqual(
      page?.items.map(({ id }) => id),
      [PAT.id],
    );
  });
});

describe('listGrantKinds', () => {
  it('says what somebody may ask for on a target', () => {
    const kinds = one.service.listGrantKinds(as(PAT), HOSPITAL.name);
    assert.deepEqual(
      kinds.map(({ name, mayRequest, mayBreakGlass }) => [name, mayRequest, mayBreakGlass]),
      [
        ['on-call', 'with-review', false],
        ['desk', 'at-once', false],
      ],
    );
  });
});
