import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { endRequest } from '../access/apply-review.ts';
import type { DeliveryStore, WantedDelivery } from '../access/delivery.ts';
import { OPERATION, T0 } from '../access/request.fixture.ts';
import { openPrivateStore, type PrivateStore } from './private-store.fixture.ts';

const WANTED: WantedDelivery = { channel: 'chat', requestId: OPERATION.id, occasion: 'opened' };

let opened: PrivateStore;
let deliveries: DeliveryStore;
let other: DeliveryStore;

describe('PostgresDeliveries', () => {
  before(async () => {
    opened = await openPrivateStore();
    deliveries = opened.store.deliveries;
    other = opened.other.deliveries;
    await opened.access.requests.insert(OPERATION, { waitingMax: 9, seal: async () => undefined });
  });
  beforeEach(async () => {
    await opened.query('delete from sallyport.deliveries');
  });
  after(() => opened[Symbol.asyncDispose]());

  const times = (nowMs: number) => ({ nowMs, againAtMs: nowMs + 1_000 });

  it('keeps a message once, however many gateways hear of it', async () => {
    await Promise.all([deliveries.add([WANTED], T0), other.add([WANTED, WANTED], T0)]);
    const taken = await Promise.all([
      deliveries.take('chat', times(T0)),
      other.take('chat', times(T0)),
    ]);
    assert.equal(taken.flat().length, 1);
    assert.deepEqual(await deliveries.take('chat', times(T0 + 999)), []);
    const [again] = await other.take('chat', times(T0 + 1_000));
    assert.equal(again?.attempts, 2);
  });

  it('hands out what is kept with an alert, too', async () => {
    await opened.query(`insert into sallyport.alerts (id, rule, principal, at, summary, entries)
      values ('alert_1', 'rows', 'okta:ana', now(), 'x', '[]')`);
    await opened.query(`insert into sallyport.deliveries (channel, alert_id, occasion, created_at, due_at)
      values ('chat', 'alert_1', 'signal', '2020-01-01', '2020-01-01')`);
    await deliveries.add([WANTED], T0);
    const taken = await deliveries.take('chat', times(T0));
    assert.deepEqual(taken.map((each) => each.occasion).toSorted(), ['opened', 'signal']);
    assert.deepEqual(
      taken.flatMap((each) => (each.occasion === 'signal' ? [each.alertId] : [])),
      ['alert_1'],
    );
  });

  it('hands out alerts first, and that something waits before that something is over', async () => {
    const asked = Array.from({ length: 30 }, (_, index) => ({
      ...OPERATION,
      id: `req_flood_${index}`,
      digest: `flood ${index}`,
      requester: { ...OPERATION.requester, id: `okta:mallory-${index}` },
    }));
    for (const request of asked)
      await opened.access.requests.insert(request, { waitingMax: 9, seal: async () => undefined });
    const ended = asked.map(({ id }) => ({ ...WANTED, requestId: id, occasion: 'ended' as const }));
    await deliveries.add(ended, T0);
    await deliveries.add([WANTED], T0 + 1);
    await deliveries.add([{ ...WANTED, occasion: 'alert' }], T0 + 2);
    const taken = await deliveries.take('chat', times(T0 + 3));
    const occasions = taken.map(({ occasion }) => occasion);
    assert.deepEqual(occasions.slice(0, 3), ['alert', 'opened', 'ended']);
  });

  it('gives a channel only its own, and nothing before it is due', async () => {
    await deliveries.add([WANTED, { ...WANTED, channel: 'mail' }], T0);
    assert.deepEqual(await deliveries.take('chat', times(T0 - 1)), []);
    const taken = await deliveries.take('mail', times(T0));
    assert.deepEqual(
      taken.map(({ channel }) => channel),
      ['mail'],
    );
  });

  it('is done with what was sent, or given up', async () => {
    await deliveries.add([WANTED, { ...WANTED, channel: 'mail' }], T0);
    const [sent] = await deliveries.take('chat', times(T0));
    await deliveries.finish(sent?.id ?? '', undefined, T0);
    const [lost] = await deliveries.take('mail', times(T0));
    await deliveries.fail(lost?.id ?? '', T0);
    assert.deepEqual(await deliveries.take('chat', times(T0 + 9_999)), []);
    assert.deepEqual(await deliveries.take('mail', times(T0 + 9_999)), []);
    await deliveries.add([WANTED], T0);
    assert.deepEqual(await deliveries.take('chat', times(T0 + 9_999)), []);
  });

  it('adds the ends of requests that a channel was told of, once', async () => {
    const { requests } = opened.access;
    const brief = { ...OPERATION, id: 'req_brief', digest: 'ab'.repeat(32) };
    await requests.insert(brief, { waitingMax: 9, seal: async () => undefined });
    await deliveries.add([{ ...WANTED, requestId: brief.id }], T0);
    const [told] = await deliveries.take('chat', times(T0));
    await deliveries.finish(told?.id ?? '', 'message 7', T0);
    await deliveries.addMissedEnds(T0, T0);
    assert.deepEqual(await deliveries.take('chat', times(T0)), []);
    await requests.change(brief.id, async (request) => {
      const end = { atMs: T0, outcome: 'withdrawn', reason: 'cancelled' } as const;
      const ended = endRequest(request, end);
      return ended && { request: ended };
    });
    await deliveries.addMissedEnds(T0 + 1, T0 + 1);
    assert.deepEqual(await deliveries.take('chat', times(T0 + 1)), []);
    await Promise.all([deliveries.addMissedEnds(T0, T0 + 1), other.addMissedEnds(T0, T0 + 1)]);
    const ends = await deliveries.take('chat', times(T0 + 1));
    assert.deepEqual(
      ends.map(({ occasion, receipt }) => [occasion, receipt]),
      [['ended', 'message 7']],
    );
  });

  it('gives what an earlier message about the same request was answered', async () => {
    await deliveries.add([WANTED], T0);
    const [first] = await deliveries.take('chat', times(T0));
    await deliveries.finish(first?.id ?? '', 'message 7', T0);
    await deliveries.add([{ ...WANTED, occasion: 'ended' }], T0);
    const [second] = await other.take('chat', times(T0));
    assert.equal(second?.receipt, 'message 7');
    await other.postpone(second?.id ?? '', T0 + 60_000);
    assert.deepEqual(await deliveries.take('chat', times(T0 + 59_999)), []);
    assert.equal((await deliveries.take('chat', times(T0 + 60_000))).length, 1);
  });
});
