import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { AccessEvent, GatewayEvent } from '../access/access-service.ts';
import { DELEGATION } from '../access/request.fixture.ts';
import { openPrivateStore, type PrivateStore } from './private-store.fixture.ts';

let own: PrivateStore;

/** Collects what is told, and resolves once something of a kind was. */
function listenTo({ announcements }: PrivateStore['store']): {
  next(kind: AccessEvent['kind']): Promise<AccessEvent>;
} {
  const heard: AccessEvent[] = [];
  let wake = Promise.withResolvers<void>();
  announcements.subscribe((event) => {
    heard.push(event);
    wake.resolve();
    wake = Promise.withResolvers<void>();
  });
  return {
    async next(kind) {
      for (;;) {
        const index = heard.findIndex((event) => event.kind === kind);
        const found = heard.splice(index, index === -1 ? 0 : 1)[0];
        if (found !== undefined) return found;
        await wake.promise;
      }
    },
  };
}

describe('Announcements', () => {
  before(async () => {
    own = await openPrivateStore();
  });
  after(() => own[Symbol.asyncDispose]());

  it('tells what another process changed, and that something may have been missed', async () => {
    const ears = listenTo(own.store);
    await own.store.announcements.open();
    await ears.next('resync');
    await own.otherAccess.delegations.insert(DELEGATION, async () => undefined);
    const event = await ears.next('delegation.changed');
    assert.deepEqual(event, { kind: 'delegation.changed', delegationId: DELEGATION.id });

    await own.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'sallyport listen'`,
    );
    await ears.next('resync');
    await own.otherAccess.delegations.insert({ ...DELEGATION, id: 'del_2' }, async () => undefined);
    await ears.next('delegation.changed');
  });

  it('takes what it does not understand for a sign that something changed', async () => {
    const ears = listenTo(own.store);
    await own.query(`notify sallyport_access, 'something new'`);
    await ears.next('resync');
    await own.query(`notify sallyport_access, '{"kind":"request.opened"}'`);
    await ears.next('resync');
  });

  it('tells gateways, and nobody else, that a sign-in does not count any more', async () => {
    const ears = listenTo(own.store);
    const heard = Promise.withResolvers<GatewayEvent>();
    own.store.announcements.subscribeGateway(heard.resolve);
    await own.query(`notify sallyport_access, '{"kind":"sign-in.ended"}'`);
    assert.deepEqual(await heard.promise, { kind: 'sign-in.ended' });
    await own.access.delegations.insert({ ...DELEGATION, id: 'del_4' }, async () => undefined);
    // The first that people's side hears is what came after it.
    assert.deepEqual(await ears.next('delegation.changed'), {
      kind: 'delegation.changed',
      delegationId: 'del_4',
    });
  });

  it('announces nothing of what did not happen', async () => {
    const ears = listenTo(own.store);
    const seal = (): Promise<never> => Promise.reject(new Error('disk full'));
    const failed = { ...DELEGATION, id: 'del_failed' };
    await assert.rejects(own.access.delegations.insert(failed, seal), /disk full/);
    await own.access.delegations.insert({ ...DELEGATION, id: 'del_3' }, async () => undefined);
    const event = await ears.next('delegation.changed');
    assert.deepEqual(event, { kind: 'delegation.changed', delegationId: 'del_3' });
  });
});
