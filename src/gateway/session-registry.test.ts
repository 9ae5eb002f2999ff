import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import fc from 'fast-check';
import type { ReviewDesk, ReviewOutcome } from '../access/review-desk.ts';
import type { ReviewedDecision } from '../policy/decision.ts';
import type { OperationToReview } from '../protocols/guard.ts';
import type { GatewaySession } from './gateway-session.ts';
import { ALICE, HOSPITAL, makeSession, turn } from './session.fixture.ts';
import { SessionRegistry } from './session-registry.ts';

const SWEEP_MS = 5_000;
const BOB = { ...ALICE, id: 'okta:bob' };
const LIMITS = { connectionsMax: 3, connectionsPerPrincipalMax: 2 };

const REVIEW: ReviewedDecision = {
  ...{ kind: 'review', policyIds: ['look'], rules: [{ groups: ['officers'], quorum: 1 }] },
  ...{ groups: ['officers'], quorum: 1, at: 'statement', reason: 'look first' },
};
const HELD_OPERATION: OperationToReview = {
  operation: {
    ...{ protocol: 'postgres', at: 'statement', text: '', textSha256: '', literals: [] },
    ...{ parameters: [], actions: [], relations: [], facts: {}, classesTouched: [] },
    ...{ estimatedRows: undefined, context: undefined, changes: undefined },
  },
  ...{ sentText: '', sentParameters: [], justification: undefined, meaning: {} },
};

const open: SessionRegistry[] = [];

function registryAt(
  nowMs: () => number = () => 0,
  disabled: ReadonlySet<string> = new Set(),
): SessionRegistry {
  const registry = new SessionRegistry(nowMs, (id) => disabled.has(id));
  open.push(registry);
  return registry;
}

function begin(registry: SessionRegistry, session: GatewaySession): GatewaySession {
  assert(registry.reserve(session.principal, LIMITS));
  registry.add(session);
  return session;
}

describe('SessionRegistry', () => {
  afterEach(() => {
    for (const registry of open.splice(0)) registry[Symbol.dispose]();
  });

  it('gives no principal more places than allowed, nor all together', () => {
    const registry = registryAt();
    assert.equal(registry.reserve(ALICE, LIMITS), true);
    assert.equal(registry.reserve(ALICE, LIMITS), true);
    assert.equal(registry.reserve(ALICE, LIMITS), false);
    assert.equal(registry.reserve(BOB, LIMITS), true);
    assert.equal(registry.reserve(BOB, LIMITS), false);
    registry.release(ALICE);
    assert.equal(registry.reserve(BOB, LIMITS), true);
  });

  it('gives a place back once, however often the session is deleted', () => {
    const registry = registryAt();
    const session = begin(registry, makeSession());
    assert.equal(registry.reserve(ALICE, LIMITS), true);
    registry.delete(session);
    registry.delete(session);
    assert.equal(registry.size, 0);
    assert.equal(registry.reserve(ALICE, LIMITS), true);
    assert.equal(registry.reserve(ALICE, LIMITS), false);
  });

  it('never counts wrong, whatever comes and goes', () => {
    const step = fc.record({
      who: fc.constantFrom(ALICE, BOB),
      what: fc.constantFrom('reserve' as const, 'release' as const),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const registry = registryAt();
        const taken = new Map([ALICE, BOB].map(({ id }) => [id, 0]));
        for (const { who, what } of steps) {
          const own = taken.get(who.id) ?? 0;
          const all = [...taken.values()].reduce((sum, count) => sum + count, 0);
          if (what === 'reserve') {
            const isFree = all < LIMITS.connectionsMax && own < LIMITS.connectionsPerPrincipalMax;
            assert.equal(registry.reserve(who, LIMITS), isFree);
            if (isFree) taken.set(who.id, own + 1);
          } else if (own > 0) {
            registry.release(who);
            taken.set(who.id, own - 1);
          }
        }
        registry[Symbol.dispose]();
      }),
    );
  });

  it('groups the sessions that live on tokens', () => {
    const registry = registryAt();
    const [one, two] = ['aa', 'bb'].map((tokenHash, index) =>
      begin(registry, makeSession({ id: `s${index}`, tokenHash })),
    );
    begin(registry, makeSession({ id: 's9', principal: BOB }));
    assert.deepEqual(
      [...registry.byTokenHash()],
      [
        ['aa', [one]],
        ['bb', [two]],
      ],
    );
  });

  it('ends, when it looks, sessions of principals that have expired or were disabled', (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    let nowMs = ALICE.expiresAtMs - 1;
    const disabled = new Set<string>();
    const registry = registryAt(() => nowMs, disabled);
    const alice = begin(registry, makeSession());
    const later = { ...BOB, expiresAtMs: ALICE.expiresAtMs * 2 };
    const bob = begin(registry, makeSession({ id: 's2', principal: later }));
    t.mock.timers.tick(SWEEP_MS);
    assert.equal(alice.abortReason, undefined);
    nowMs += 1;
    t.mock.timers.tick(SWEEP_MS);
    assert.equal(alice.abortReason, 'principal-expired');
    assert.equal(bob.abortReason, undefined);
    disabled.add(BOB.id);
    t.mock.timers.tick(SWEEP_MS);
    assert.equal(bob.abortReason, 'principal-disabled');
  });

  it('does not take a session for idle that waits for people, until they have answered', (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    let nowMs = 1_000;
    const registry = registryAt(() => nowMs);
    const target = { ...HOSPITAL, idleTimeoutMs: 60_000 };
    let answer: (outcome: ReviewOutcome) => void = () => undefined;
    const desk: ReviewDesk = {
      open({ onReview }, listener) {
        answer = listener;
        return { id: 'req_1', onReview, url: undefined, expiresAtMs: 0, withdraw() {} };
      },
    };
    const session = begin(registry, makeSession({ target, desk, nowMs: () => nowMs }));
    session.hold(REVIEW, HELD_OPERATION, () => undefined);
    nowMs += 120_000;
    t.mock.timers.tick(SWEEP_MS);
    assert.equal(session.abortReason, undefined);
    answer({ kind: 'expired', requestId: 'req_1' });
    t.mock.timers.tick(SWEEP_MS);
    assert.equal(session.abortReason, undefined);
    nowMs += 60_000;
    t.mock.timers.tick(SWEEP_MS);
    assert.equal(session.abortReason, 'idle-timeout');
  });

  it('ends sessions that were idle for too long, if their target says so', (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    let nowMs = 1_000;
    const registry = registryAt(() => nowMs);
    const target = { ...HOSPITAL, idleTimeoutMs: 60_000 };
    const idle = begin(registry, makeSession({ target }));
    const busy = begin(registry, makeSession({ id: 's2', target }));
    const patient = begin(registry, makeSession({ id: 's3', principal: BOB }));
    nowMs += 59_999;
    t.mock.timers.tick(SWEEP_MS);
    assert.equal(idle.abortReason, undefined);
    busy.lastActivityAtMs = nowMs;
    nowMs += 1;
    t.mock.timers.tick(SWEEP_MS);
    assert.equal(idle.abortReason, 'idle-timeout');
    assert.equal(busy.abortReason, undefined);
    assert.equal(patient.abortReason, undefined);
  });

  it('looks no more once it is disposed of', (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const registry = registryAt(() => ALICE.expiresAtMs);
    const session = begin(registry, makeSession());
    registry[Symbol.dispose]();
    t.mock.timers.tick(SWEEP_MS * 2);
    assert.equal(session.abortReason, undefined);
  });

  it('ends all sessions, and waits until each is gone', async () => {
    const registry = registryAt();
    const sessions = ['s1', 's2'].map((id) => begin(registry, makeSession({ id })));
    let isOver = false;
    const over = registry.endAll('gateway-stopping').then(() => {
      isOver = true;
    });
    for (const session of sessions) {
      assert.equal(session.abortReason, 'gateway-stopping');
      await turn();
      assert.equal(isOver, false);
      registry.delete(session);
    }
    await over;
  });

  it('has nothing to wait for when there is no session', async () => {
    const registry = registryAt();
    await registry.endAll('gateway-stopping');
    assert.equal(registry.isEnding, true);
  });

  it('waits for a session that was about to begin, and ends it at once', async () => {
    const registry = registryAt();
    assert(registry.reserve(ALICE, LIMITS));
    assert(registry.reserve(BOB, LIMITS));
    let isOver = false;
    const over = registry.endAll('gateway-stopping').then(() => {
      isOver = true;
    });
    registry.release(BOB);
    await turn();
    assert.equal(isOver, false);
    const session = makeSession();
    registry.add(session);
    assert.equal(session.abortReason, 'gateway-stopping');
    registry.delete(session);
    await over;
  });
});
