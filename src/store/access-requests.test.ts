import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { AccessRequest, OperationRequest } from '../access/access-request.ts';
import { applyReview, endRequest, isReviewable } from '../access/apply-review.ts';
import { BREAK_GLASS, GRANT_REQUEST, MINUTE_MS, OPERATION } from '../access/request.fixture.ts';
import type { Review, Verdict } from '../access/review.ts';
import { openStore } from './open-store.ts';
import { openPrivateStore, type PrivateStore } from './private-store.fixture.ts';

/** The deadline is compared with the database's clock too: requests are of now. */
const NOW_MS = Date.now();

let own: PrivateStore;
let count = 0;

function makeRequest(changes: Partial<OperationRequest> = {}): OperationRequest {
  count += 1;
  return {
    ...OPERATION,
    id: `req_${count}`,
    digest: `digest ${count}`,
    createdAtMs: NOW_MS + count,
    expiresAtMs: NOW_MS + 30 * MINUTE_MS,
    requester: { ...OPERATION.requester, id: `okta:bob-${count}` },
    ...changes,
  };
}

async function insert(request: AccessRequest, gateway?: string): Promise<void> {
  const options = { waitingMax: 20, gateway, seal: async () => undefined };
  assert.equal(await own.access.requests.insert(request, options), 'inserted');
}

function verdictOf(verdict: Verdict, reviewer: string): Review {
  return {
    id: `rev_${reviewer}`,
    reviewer: { id: reviewer, person: undefined, name: reviewer, groups: ['officers'] },
    verdict,
    comment: 'seen',
    atMs: NOW_MS,
    onBehalfOf: undefined,
  };
}

/** Reviews in the store as the service does, and says whether the verdict was taken. */
async function review(
  requests: PrivateStore['access']['requests'],
  id: string,
  review: Review,
  seal: () => Promise<void> = async () => undefined,
): Promise<boolean> {
  const changed = await requests.change(id, async (request) => {
    if (!isReviewable(request, NOW_MS)) return undefined;
    await seal();
    return { request: applyReview(request, review) };
  });
  return changed !== undefined;
}

/** What is absent in JSON is undefined here. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

describe('PostgresAccessRequests', () => {
  before(async () => {
    own = await openPrivateStore();
  });
  after(() => own[Symbol.asyncDispose]());

  it('gives back what it was given, of every kind', async () => {
    for (const request of [
      makeRequest(),
      { ...GRANT_REQUEST, id: 'req_g' },
      { ...BREAK_GLASS, id: 'req_b' },
    ]) {
      await insert(request);
      const found = await own.otherAccess.requests.find(request.id);
      assert.deepEqual(plain(found), plain(request));
    }
    assert.equal(await own.access.requests.find('req_none'), undefined);
  });

  it('keeps texts, parameters, names and comments where only a holder of the key can read them', async () => {
    const request = makeRequest({ justification: 'Mrs Okafor asked for it' });
    await insert(request);
    await review(own.access.requests, request.id, verdictOf('reject', 'okta:olga'));
    const [row] = await own.query(
      `select access_requests::text as text, encode(sealed, 'escape') as sealed
       from sallyport.access_requests where id = '${request.id}'`,
    );
    const kept = JSON.stringify(row);
    for (const secret of ['Okafor', 'patients', 'seen', '10.0.0.7']) {
      assert(!kept.includes(secret), secret);
    }
    await using stranger = await openStore({ connection: own.server.connection });
    const { requests } = stranger.openAccess(Buffer.alloc(32, 8));
    await assert.rejects(requests.find(request.id), { code: 'ERR_STORE' });
  });

  it('refuses a request whose columns were exchanged for those of another', async () => {
    const [one, other] = [makeRequest(), makeRequest()];
    await insert(one);
    await insert(other);
    await own.query(
      `update sallyport.access_requests set sealed =
         (select sealed from sallyport.access_requests where id = '${other.id}') where id = '${one.id}'`,
    );
    await assert.rejects(own.access.requests.find(one.id), { code: 'ERR_STORE' });
    await own.query(`delete from sallyport.access_requests where id = '${one.id}'`);
  });

  it('inserts nothing that is not sealed', async () => {
    const request = makeRequest();
    const seal = (): Promise<never> => Promise.reject(new Error('disk full'));
    await assert.rejects(own.access.requests.insert(request, { waitingMax: 1, seal }), /disk full/);
    assert.equal(await own.access.requests.find(request.id), undefined);
  });

  it('takes one outcome of reviewers at the same instant, on two processes', async () => {
    for (let round = 0; round < 10; round++) {
      const request = makeRequest();
      await insert(request);
      let sealed = 0;
      const seal = async (): Promise<void> => void (sealed += 1);
      const taken = await Promise.all(
        Array.from({ length: 6 }, (_, index) =>
          review(
            (index % 2 === 0 ? own.access : own.otherAccess).requests,
            request.id,
            verdictOf(index % 3 === 0 ? 'reject' : 'approve', `okta:r${index}`),
            seal,
          ),
        ),
      );
      assert.equal(taken.filter(Boolean).length, 1);
      assert.equal(sealed, 1);
      const found = await own.access.requests.find(request.id);
      assert.equal(found?.reviews.length, 1);
      assert.equal(found.state, found.reviews[0]?.verdict === 'approve' ? 'approved' : 'rejected');
    }
  });

  it('lets an approval be used once, of a hundred at the same instant on two processes', async () => {
    const request = makeRequest();
    await insert(request);
    await review(own.access.requests, request.id, verdictOf('approve', 'okta:olga'));
    const used = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        (index % 2 === 0 ? own.access : own.otherAccess).requests.use(
          request.id,
          request.digest,
          NOW_MS,
        ),
      ),
    );
    const [only, ...more] = used.filter((one) => one !== undefined);
    assert.equal(more.length, 0);
    assert.equal(only?.state, 'used');
    assert.equal(only.reviews[0]?.reviewer.id, 'okta:olga');
    assert.equal(await own.access.requests.use(request.id, request.digest, NOW_MS), undefined);
    assert.equal((await own.access.requests.find(request.id))?.end?.outcome, 'used');
  });

  it('lets nothing else be used: not another operation, not too late, not before the approval', async () => {
    const { requests } = own.access;
    const request = makeRequest();
    await insert(request);
    assert.equal(await requests.use(request.id, request.digest, NOW_MS), undefined);
    await review(requests, request.id, verdictOf('approve', 'okta:olga'));
    assert.equal(await requests.use(request.id, 'another digest', NOW_MS), undefined);
    assert.equal(await requests.use(request.id, request.digest, request.expiresAtMs), undefined);
    assert.notEqual(await requests.use(request.id, request.digest, NOW_MS), undefined);
    const late = makeRequest({ expiresAtMs: Date.now() - 1, createdAtMs: NOW_MS - MINUTE_MS });
    await insert(late);
    await own.query(
      `update sallyport.access_requests set state = 'approved' where id = '${late.id}'`,
    );
    // A process whose clock is late does not get it either.
    assert.equal(await requests.use(late.id, late.digest, NOW_MS - MINUTE_MS), undefined);
  });

  it('has one winner when an approval is used, withdrawn and expired at once', async () => {
    for (let round = 0; round < 10; round++) {
      const request = makeRequest();
      await insert(request);
      await review(own.access.requests, request.id, verdictOf('approve', 'okta:olga'));
      const end = (outcome: 'withdrawn' | 'expired', atMs: number): Promise<unknown> =>
        own.otherAccess.requests.change(request.id, async (current) => {
          const ended = endRequest(current, { atMs, outcome, reason: undefined });
          return ended === undefined ? undefined : { request: ended };
        });
      const outcomes = await Promise.all([
        own.access.requests.use(request.id, request.digest, NOW_MS),
        end('withdrawn', NOW_MS),
        end('expired', request.expiresAtMs),
      ]);
      assert.equal(outcomes.filter((one) => one !== undefined).length, 1);
    }
  });

  it('lets nothing that is over be approved again by who writes into the columns', async () => {
    const { requests } = own.access;
    const revive = (id: string): Promise<unknown> =>
      own.query(
        `update sallyport.access_requests set state = 'approved', ended_at = null, ended_outcome = null,
           ended_reason = null where id = '${id}'`,
      );
    const used = makeRequest();
    await insert(used);
    await review(requests, used.id, verdictOf('approve', 'okta:olga'));
    assert.notEqual(await requests.use(used.id, used.digest, NOW_MS), undefined);
    await revive(used.id);
    assert.equal(await requests.use(used.id, used.digest, NOW_MS), undefined);
    assert.equal((await requests.find(used.id))?.state, 'used');
    const withdrawn = makeRequest();
    await insert(withdrawn);
    await review(requests, withdrawn.id, verdictOf('approve', 'okta:olga'));
    await requests.change(withdrawn.id, async (current) => {
      const request = endRequest(current, {
        atMs: NOW_MS,
        outcome: 'withdrawn',
        reason: undefined,
      });
      return request && { request };
    });
    await revive(withdrawn.id);
    assert.equal(await requests.use(withdrawn.id, withdrawn.digest, NOW_MS), undefined);
    assert.equal((await requests.find(withdrawn.id))?.state, 'withdrawn');
  });

  it('lets no principal have more waiting than it may, however many come at once', async () => {
    const { requester } = makeRequest();
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        (index % 2 === 0 ? own.access : own.otherAccess).requests.insert(
          makeRequest({ requester }),
          {
            waitingMax: 5,
            gateway: 'g.0',
            seal: async () => undefined,
          },
        ),
      ),
    );
    assert.equal(answers.filter((answer) => answer === 'inserted').length, 5);
    assert.equal(answers.filter((answer) => answer === 'too-many').length, 25);
  });

  it('keeps one request for an operation that nobody waits for, and finds it while it is open', async () => {
    const { requests } = own.access;
    const request = makeRequest({ onReview: 'fail' });
    await insert(request);
    const again = { ...request, id: 'req_again' };
    const options = { waitingMax: 20, seal: async () => undefined };
    assert.equal(await requests.insert(again, options), 'exists');
    const { requester, digest, expiresAtMs: late } = request;
    assert.equal((await requests.findFiled(requester.id, digest, NOW_MS))?.id, request.id);
    assert.equal(await requests.findFiled('okta:eve', digest, NOW_MS), undefined);
    assert.equal(await requests.findFiled(requester.id, 'other', NOW_MS), undefined);
    assert.equal((await requests.findFiled(requester.id, digest, late))?.id, request.id);
    await review(requests, request.id, verdictOf('reject', 'okta:olga'));
    assert.equal((await requests.findFiled(requester.id, digest, NOW_MS))?.state, 'rejected');
    assert.equal(await requests.findFiled(requester.id, digest, late), undefined);
  });

  it('does not find for reuse what a session waits for', async () => {
    const request = makeRequest();
    await insert(request, 'g.0');
    const { requester, digest } = request;
    assert.equal(await own.access.requests.findFiled(requester.id, digest, NOW_MS), undefined);
  });

  it('names what a process held, what has expired, and what does not wait any more', async () => {
    const { requests } = own.access;
    const [held, expired] = [makeRequest(), makeRequest({ expiresAtMs: NOW_MS - MINUTE_MS })];
    await insert(held, 'lost.0');
    await insert(expired, 'lost.1');
    assert.deepEqual(await requests.listHeld('lost.0'), [held.id]);
    assert((await requests.listExpired(NOW_MS, 100)).includes(expired.id));
    assert(!(await requests.listExpired(NOW_MS, 100)).includes(held.id));
    await review(requests, held.id, verdictOf('reject', 'okta:olga'));
    assert.deepEqual(await requests.findSettled([held.id, expired.id, 'req_none']), [held.id]);
    assert.deepEqual(await requests.listHeld('lost.0'), []);
  });

  it('lists few large ones at a time, each of them once', async () => {
    const { requests } = own.access;
    const operation = { ...OPERATION.operation, text: 'x'.repeat(1_000_000) };
    const made = Array.from({ length: 12 }, () => makeRequest({ target: 'large', operation }));
    for (const request of made) await insert(request);
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await requests.list({ target: 'large', limit: 200, cursor });
      assert.ok(page.items.length <= 5, `${page.items.length} at a time`);
      found.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    assert.deepEqual(found, made.map(({ id }) => id).toReversed());
  });

  it('lists by every filter, page by page, and only what somebody may see', async () => {
    const { requests } = own.access;
    const requester = { ...OPERATION.requester, id: 'okta:lister' };
    const made = [
      makeRequest({ requester, target: 'listed' }),
      makeRequest({ target: 'listed', rules: [{ groups: ['listers'], quorum: 1 }] }),
      makeRequest({ target: 'listed', sessionId: 'listed' }),
    ];
    for (const request of made) await insert(request);
    const ids = async (query: object): Promise<readonly string[]> =>
      (await requests.list({ target: 'listed', limit: 10, ...query })).items.map(({ id }) => id);
    const [first, second, third] = made.map(({ id }) => id);
    assert.deepEqual(await ids({}), [third, second, first]);
    assert.deepEqual(await ids({ requesterId: requester.id }), [first]);
    assert.deepEqual(await ids({ groups: ['listers', 'none'] }), [second]);
    assert.deepEqual(await ids({ sessionId: 'listed' }), [third]);
    assert.deepEqual(await ids({ states: ['approved'] }), []);
    assert.deepEqual(await ids({ kinds: ['grant'] }), []);
    const sees = (
      groups: readonly string[],
      targets: readonly string[],
    ): Promise<readonly string[]> =>
      ids({ visibleTo: { principalId: requester.id, groups, targets } });
    assert.deepEqual(await sees([], []), [first]);
    assert.deepEqual(await sees(['listers'], []), [second, first]);
    assert.deepEqual(await sees([], ['listed']), [third, second, first]);
    const page = await requests.list({ target: 'listed', limit: 2 });
    assert.deepEqual(
      page.items.map(({ id }) => id),
      [third, second],
    );
    const { nextCursor: cursor } = page;
    assert.deepEqual(await ids({ cursor }), [first]);
  });

  it('begins a grant with the request that it comes from, or neither', async () => {
    const request = {
      ...GRANT_REQUEST,
      id: 'req_with_grant',
      expiresAtMs: NOW_MS + MINUTE_MS,
    };
    await insert(request);
    const grant = {
      id: 'gr_1',
      name: 'on-call',
      holder: { id: 'okta:bob', name: 'Bob' },
      target: 'hospital',
      startsAtMs: NOW_MS,
      endsAtMs: NOW_MS + MINUTE_MS,
      requestId: request.id,
      breakGlass: false,
      reason: 'night',
      end: undefined,
    };
    const approve = (fails: boolean): Promise<unknown> =>
      own.access.requests.change(request.id, async (current) => {
        const next = applyReview(current, verdictOf('approve', 'okta:olga'));
        return { request: next, grant: fails ? { ...grant, requestId: 'req_none' } : grant };
      });
    await assert.rejects(approve(true));
    assert.equal((await own.access.requests.find(request.id))?.state, 'pending');
    await approve(false);
    assert.deepEqual(await own.otherAccess.grants.find('gr_1'), grant);
    assert.deepEqual(await own.access.grants.listInForce(NOW_MS), [grant]);
    assert.deepEqual(await own.access.grants.listInForce(grant.endsAtMs), []);
  });
});
