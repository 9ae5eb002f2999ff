import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client } from 'pg';
import { MASTER_KEY, openPrivateStore, type PrivateStore } from './private-store.fixture.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 0, 31);

let own: PrivateStore;
let client: Client;

function at(daysAgo: number): Date {
  return new Date(NOW_MS - daysAgo * DAY_MS);
}

async function count(table: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ id: string }>(
    `select id from sallyport.${table} order by id`,
  );
  return rows.map(({ id }) => id);
}

async function addRequest(id: string, state: string, endedDaysAgo: number | undefined) {
  await client.query(
    `insert into sallyport.access_requests (id, kind, state, requester_id, target, groups, created_at, expires_at,
       ended_at, ended_outcome, sealed)
     values ($1, 'grant', $2, 'idp:a', 't', '{}', $3, $3, $4, $5, '')`,
    [
      ...[id, state, at(60)],
      endedDaysAgo === undefined ? null : at(endedDaysAgo),
      endedDaysAgo === undefined ? null : state,
    ],
  );
}

async function addGrant(id: string, requestId: string, endedDaysAgo: number | undefined) {
  await client.query(
    `insert into sallyport.access_grants (id, holder_id, target, starts_at, ends_at, request_id, ended_at, sealed)
     values ($1, 'idp:a', 't', $2, $2, $3, $4, '')`,
    [id, at(60), requestId, endedDaysAgo === undefined ? null : at(endedDaysAgo)],
  );
}

describe('Deletions', () => {
  before(async () => {
    own = await openPrivateStore();
    const { host, port, user, database } = own.server.connection;
    client = new Client({ host, port, user, database });
    await client.connect();
  });
  after(async () => {
    await client.end();
    await own[Symbol.asyncDispose]();
  });

  it('deletes what ended long ago, and keeps what lasts or is named by what does', async () => {
    await addRequest('old', 'rejected', 40);
    await addRequest('new', 'rejected', 10);
    await addRequest('waiting', 'pending', undefined);
    await addRequest('granted', 'granted', 50);
    await addRequest('over', 'granted', 50);
    await addGrant('lasts', 'granted', undefined);
    await addGrant('ended', 'over', 35);
    await client.query(
      `insert into sallyport.deliveries (channel, request_id, occasion, created_at, due_at)
       values ('pager', 'old', 'ended', now(), now()), ('pager', 'new', 'ended', now(), now())`,
    );
    const { deletions } = own.store;
    const question = { nowMs: NOW_MS, endedBeforeMs: NOW_MS - 30 * DAY_MS, limit: 100 };
    assert.equal(await deletions.deleteOld(question), false);
    assert.deepEqual(await count('access_requests'), ['granted', 'new', 'waiting']);
    assert.deepEqual(await count('access_grants'), ['lasts']);
    assert.equal((await count('deliveries')).length, 1);
  });

  it('deletes alerts that were closed long ago, and goes on counting them', async () => {
    const { alerts, deletions } = own.store;
    const add = async (id: string, closedDaysAgo: number | undefined): Promise<void> => {
      await client.query(
        `insert into sallyport.alerts (id, rule, principal, at, summary, entries)
         values ($1, 'rows', 'idp:a', $2, 'x', '[]')`,
        [id, at(60)],
      );
      if (closedDaysAgo === undefined) return;
      const atMs = at(closedDaysAgo).getTime();
      await alerts.close(id, 'dismissed', { by: 'idp:olga', reason: 'known', atMs });
    };
    await add('old', 40);
    await add('older', 50);
    await add('new', 10);
    await add('open', undefined);
    const question = { nowMs: NOW_MS, endedBeforeMs: NOW_MS - 30 * DAY_MS, limit: 1 };
    const counts = await alerts.count();
    assert.equal(await deletions.deleteOld(question), true);
    assert.equal(await deletions.deleteOld(question), true);
    assert.equal(await deletions.deleteOld(question), false);
    assert.deepEqual(await count('alerts'), ['new', 'open']);
    assert.deepEqual(await alerts.count(), counts);
    assert.deepEqual(
      counts.map(({ state, count: of }) => [state, of]),
      [
        ['dismissed', 3],
        ['open', 1],
      ],
    );
  });

  it('deletes no more at a time than it is told, and says that there may be more', async () => {
    for (const number of [1, 2, 3]) await addRequest(`r${number}`, 'expired', 40 + number);
    const { deletions } = own.store;
    const question = { nowMs: NOW_MS, endedBeforeMs: NOW_MS - 30 * DAY_MS, limit: 2 };
    assert.equal(await deletions.deleteOld(question), true);
    assert.equal(await deletions.deleteOld(question), false);
    assert.deepEqual(await count('access_requests'), ['granted', 'new', 'waiting']);
  });

  it('deletes ids, keys and sign-ins whose time is over', async () => {
    const { onceOnly, deletions } = own.store;
    const idempotency = own.store.openIdempotency(MASTER_KEY);
    await onceOnly.remember('over', NOW_MS - 1);
    await onceOnly.remember('lasts', NOW_MS + 1);
    const key = { principalId: 'idp:a', requestSha256: Buffer.alloc(32) };
    await idempotency.begin({ ...key, key: 'old' }, NOW_MS - DAY_MS - 1);
    await idempotency.begin({ ...key, key: 'new' }, NOW_MS - DAY_MS + 1);
    await deletions.deleteOld({ nowMs: NOW_MS, endedBeforeMs: 0, limit: 100 });
    assert.deepEqual(await count('once_only'), ['lasts']);
    const { rows } = await client.query('select key from sallyport.idempotency_keys');
    assert.deepEqual(rows, [{ key: 'new' }]);
  });
});
