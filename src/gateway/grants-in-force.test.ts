import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import type { AccessEvent } from '../access/access-service.ts';
import type { Grant } from '../access/grant.ts';
import { SILENT_LOG } from '../telemetry/log.ts';
import { GrantsInForce } from './grants-in-force.ts';
import { turn } from './session.fixture.ts';

const opened: GrantsInForce[] = [];

const GRANT: Grant = {
  id: 'gr_1',
  name: 'on-call',
  holder: { id: 'okta:bob', name: 'Bob' },
  target: 'hospital',
  startsAtMs: 1_000,
  endsAtMs: 5_000,
  requestId: undefined,
  breakGlass: false,
  reason: '',
  end: undefined,
};

interface World {
  readonly grants: GrantsInForce;
  readonly stored: Map<string, Grant>;
  readonly tell: (event: AccessEvent) => Promise<void>;
  nowMs: number;
  fails: boolean;
}

async function open(...initial: readonly Grant[]): Promise<World> {
  const stored = new Map(initial.map((grant) => [grant.id, grant]));
  const listeners = new Set<(event: AccessEvent) => void>();
  const find = async (id: string): Promise<Grant | undefined> => {
    if (world.fails) throw new Error('the store is away');
    return stored.get(id);
  };
  const listInForce = async (nowMs: number): Promise<readonly Grant[]> => {
    if (world.fails) throw new Error('the store is away');
    return [...stored.values()].filter(
      ({ end, endsAtMs }) => end === undefined && endsAtMs > nowMs,
    );
  };
  const grants = new GrantsInForce({
    grants: { find, listInForce },
    announcements: {
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    nowMs: () => world.nowMs,
    log: SILENT_LOG,
  });
  opened.push(grants);
  const world: World = {
    grants,
    stored,
    nowMs: 2_000,
    fails: false,
    async tell(event) {
      for (const listener of listeners) listener(event);
      await turn();
    },
  };
  await grants.read();
  return world;
}

describe('GrantsInForce', () => {
  afterEach(() => {
    for (const grants of opened.splice(0)) grants[Symbol.dispose]();
  });

  it('finds grants of a holder on a target, and no others', async () => {
    const { grants } = await open(GRANT, { ...GRANT, id: 'gr_2', name: 'audit' });
    assert.deepEqual(grants.find('okta:bob', 'hospital'), ['audit', 'on-call']);
    assert.deepEqual(grants.find('okta:bob', 'clinic'), []);
    assert.deepEqual(grants.find('okta:eve', 'hospital'), []);
  });

  it('gives the same list as long as it says the same', async () => {
    const world = await open(GRANT);
    const list = world.grants.find('okta:bob', 'hospital');
    world.nowMs += 1;
    await world.grants.read();
    await world.tell({ kind: 'grant.changed', grantId: 'gr_1' });
    assert.equal(world.grants.find('okta:bob', 'hospital'), list);
    assert.equal(
      world.grants.find('okta:bob', 'clinic'),
      world.grants.find('okta:eve', 'hospital'),
    );
  });

  it('ends them to the millisecond although nobody says so', async () => {
    const world = await open(GRANT);
    world.nowMs = 4_999;
    assert.deepEqual(world.grants.find('okta:bob', 'hospital'), ['on-call']);
    world.nowMs = 5_000;
    assert.deepEqual(world.grants.find('okta:bob', 'hospital'), []);
  });

  it('begins one that begins later, at its time', async () => {
    const world = await open({ ...GRANT, startsAtMs: 3_000 });
    assert.deepEqual(world.grants.find('okta:bob', 'hospital'), []);
    world.nowMs = 3_000;
    assert.deepEqual(world.grants.find('okta:bob', 'hospital'), ['on-call']);
  });

  it('takes a revocation and a new end when they are announced, and says whose they are', async () => {
    const world = await open(GRANT);
    const changed: string[] = [];
    world.grants.onChange((holder) => changed.push(holder));
    world.stored.set('gr_1', { ...GRANT, endsAtMs: 9_000 });
    await world.tell({ kind: 'grant.changed', grantId: 'gr_1' });
    world.nowMs = 8_000;
    assert.deepEqual(world.grants.find('okta:bob', 'hospital'), ['on-call']);
    const end = { atMs: 8_000, cause: 'revoked', by: undefined, comment: '' } as const;
    world.stored.set('gr_1', { ...GRANT, endsAtMs: 9_000, end });
    await world.tell({ kind: 'grant.changed', grantId: 'gr_1' });
    assert.deepEqual(world.grants.find('okta:bob', 'hospital'), []);
    assert.deepEqual(changed, ['okta:bob', 'okta:bob']);
  });

  it('reads everything anew when it may have missed something', async () => {
    const world = await open(GRANT);
    world.stored.delete('gr_1');
    world.stored.set('gr_9', { ...GRANT, id: 'gr_9', holder: { id: 'okta:eve', name: 'Eve' } });
    await world.tell({ kind: 'resync' });
    assert.deepEqual(world.grants.find('okta:bob', 'hospital'), []);
    assert.deepEqual(world.grants.find('okta:eve', 'hospital'), ['on-call']);
  });

  it('believes the store for a while only: a revocation may not have come through', async () => {
    const world = await open({ ...GRANT, endsAtMs: 1_000_000 });
    world.fails = true;
    world.nowMs += 29_000;
    await world.grants.read();
    assert.deepEqual(world.grants.find('okta:bob', 'hospital'), ['on-call']);
    world.nowMs += 1_000;
    assert.deepEqual(world.grants.find('okta:bob', 'hospital'), []);
    world.fails = false;
    await world.grants.read();
    assert.deepEqual(world.grants.find('okta:bob', 'hospital'), ['on-call']);
  });
});
