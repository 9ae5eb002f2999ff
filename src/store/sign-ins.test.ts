import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { BrowserSignIn } from '../identity/browser-sign-in.ts';
import type { PostgresIdempotencyStore } from './idempotency.ts';
import { MASTER_KEY, openPrivateStore, type PrivateStore } from './private-store.fixture.ts';

const T0 = Date.UTC(2026, 0, 2, 3, 4, 5);

let own: PrivateStore;

function createSignIn(id: string, principal = 'ana'): BrowserSignIn {
  return {
    id,
    secretHash: hash('sha256', id, 'buffer'),
    principal: {
      id: `idp:${principal}`,
      issuer: 'idp',
      subject: principal,
      kind: 'person',
      displayName: principal,
      groups: ['staff'],
      signIn: 'saml',
    },
    method: 'saml',
    clientAddress: '10.0.0.7',
    userAgent: 'Browser\0 of mine',
    createdAtMs: T0,
    lastUsedAtMs: T0,
    endsAtMs: T0 + 60_000,
  };
}

/** Before and after the tests of one `describe`. */
function prepareTests(): void {
  before(async () => {
    own = await openPrivateStore();
  });
  after(() => own[Symbol.asyncDispose]());
}

describe('PostgresSignInStore', () => {
  prepareTests();

  it('keeps a sign-in until it is ended, by whose it is', async () => {
    const { signIns } = own.store;
    const signIn = createSignIn('si_1');
    await signIns.insert(signIn);
    const userAgent = 'Browser\u{fffd} of mine';
    assert.deepEqual(await signIns.find(signIn.secretHash), { ...signIn, userAgent });
    assert.equal(await signIns.find(Buffer.alloc(32)), undefined);
    await signIns.touch('si_1', T0 + 5_000);
    await signIns.touch('si_1', T0 + 1_000);
    assert.equal((await signIns.find(signIn.secretHash))?.lastUsedAtMs, T0 + 5_000);
    assert.equal(await signIns.end('si_1', 'idp:bob', T0), false);
    assert.equal(await signIns.end('si_1', 'idp:ana', T0), true);
    assert.equal(await signIns.end('si_1', 'idp:ana', T0), false);
    assert.equal(await signIns.find(signIn.secretHash), undefined);
    assert.deepEqual(await signIns.list('idp:ana'), []);
  });

  it('lists those of one principal that last, newest first', async () => {
    const { signIns } = own.store;
    const lasting = { endsAtMs: Date.now() + 60_000 };
    await signIns.insert({ ...createSignIn('si_2'), ...lasting });
    await signIns.insert({ ...createSignIn('si_3'), ...lasting, createdAtMs: T0 + 1 });
    await signIns.insert({ ...createSignIn('si_4', 'bob'), ...lasting });
    await signIns.insert(createSignIn('si_5'));
    const ids = (await signIns.list('idp:ana')).map(({ id }) => id);
    assert.deepEqual(ids, ['si_3', 'si_2']);
  });
});

describe('PostgresOnceOnlyStore', () => {
  prepareTests();

  it('takes each id once, however many bring it at the same time', async () => {
    const { onceOnly } = own.store;
    const remembered = await Promise.all(
      Array.from({ length: 20 }, () => onceOnly.remember('assertion', Date.now() + 60_000)),
    );
    assert.equal(remembered.filter(Boolean).length, 1);
  });

  it('forgets an id after its time', async () => {
    const { onceOnly } = own.store;
    await onceOnly.remember('over', T0);
    assert.equal(await onceOnly.remember('over', T0), true);
  });
});

describe('PostgresIdempotencyStore', () => {
  prepareTests();

  const once = { principalId: 'idp:ana', key: 'k1', requestSha256: Buffer.alloc(32, 1) };

  it('tells one of many that it is the first', async () => {
    const states = await Promise.all(
      Array.from({ length: 20 }, () => own.store.openIdempotency(MASTER_KEY).begin(once, T0)),
    );
    assert.equal(states.filter(({ state }) => state === 'new').length, 1);
    assert.equal(states.filter(({ state }) => state === 'running').length, 19);
  });

  it('answers as the first was answered, and knows another request', async () => {
    const idempotency = own.store.openIdempotency(MASTER_KEY);
    const answer = { status: 201, isProblem: false, body: '{}' };
    const mine = { ...once, key: 'k3' };
    const claim = await claimOf(mine, T0);
    await idempotency.finish(mine, 'another claim', { ...answer, status: 500 });
    await idempotency.release(mine, 'another claim');
    await idempotency.finish(mine, claim, answer);
    assert.deepEqual(await idempotency.begin(mine, T0), { state: 'answered', answer });
    const other = { ...mine, requestSha256: Buffer.alloc(32, 2) };
    assert.deepEqual(await idempotency.begin(other, T0), { state: 'other-request' });
    await claimOf({ ...mine, principalId: 'idp:bob' }, T0);
  });

  it('keeps no answer that a reader of the store could read, and gives none that a writer put there', async () => {
    const idempotency = own.store.openIdempotency(MASTER_KEY);
    const mine = { ...once, key: 'k4' };
    const answer = { status: 200, isProblem: false, body: '{"text":"Rosa Klein"}' };
    await idempotency.finish(mine, await claimOf(mine, T0), answer);
    const [row] = await own.query("select body from sallyport.idempotency_keys where key = 'k4'");
    const kept = String(row?.['body']);
    assert(!`${kept}${Buffer.from(kept, 'base64').toString('latin1')}`.includes('Rosa'));
    for (const forged of [answer.body, Buffer.from(answer.body).toString('base64'), kept]) {
      const key = { ...once, key: `k5-${forged.length}` };
      await claimOf(key, T0);
      await own.query(
        `update sallyport.idempotency_keys set status = 200, is_problem = false, body = '${forged}'
         where key = '${key.key}'`,
      );
      assert.deepEqual(await idempotency.begin(key, T0), { state: 'other-request' });
    }
  });

  it('forgets a key after a day, and one whose process is not heard of after a minute', async () => {
    const idempotency = own.store.openIdempotency(MASTER_KEY);
    await claimOf(once, T0 + 86_400_001);
    const died = { ...once, key: 'k2' };
    const claim = await claimOf(died, T0);
    assert.deepEqual(await idempotency.begin(died, T0 + 59_000), { state: 'running' });
    await idempotency.renew(died, claim, T0 + 59_000);
    assert.deepEqual(await idempotency.begin(died, T0 + 118_000), { state: 'running' });
    const next = await claimOf(died, T0 + 119_001);
    await idempotency.renew(died, claim, T0 + 300_000);
    await idempotency.release(died, claim);
    assert.deepEqual(await idempotency.begin(died, T0 + 119_002), { state: 'running' });
    await idempotency.release(died, next);
    await claimOf(died, T0 + 119_003);
  });
});

/** Begins a request that is new. */
async function claimOf(key: Parameters<PostgresIdempotencyStore['begin']>[0], nowMs: number) {
  const begun = await own.store.openIdempotency(MASTER_KEY).begin(key, nowMs);
  assert.ok(begun.state === 'new');
  return begun.claim;
}
