import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Principal } from '../identity/principal.ts';
import type { Decision } from '../policy/decision.ts';
import type { GuardedAction } from '../protocols/guard.ts';
import { GuestGuard } from '../protocols/guest-guard.ts';
import type { Guest, LeaveReason, NoSeat, Seat, SharedTerminal } from '../protocols/guests.ts';
import type { GatewaySession } from './gateway-session.ts';
import { Policies } from './policies.ts';
import {
  ALICE,
  FakeLedger,
  HOSPITAL,
  loadPolicies,
  makeSession,
  NO_GRANTS,
  PERMIT_ALL,
  turn,
} from './session.fixture.ts';
import { type GuestAnswer, SessionGuests } from './session-guests.ts';

const BOB: Principal = { ...ALICE, id: 'okta:bob', subject: 'bob', displayName: 'Bob' };
const JOIN = {
  kind: 'join',
  join: 'j1',
  principal: BOB,
  clientAddress: '10.0.0.1',
  saysStaying: true,
} as const;
/** The session's own, as if it had asked again. */
const CONNECT: GuardedAction = {
  action: 'connect',
  facts: {
    database: 'hospital',
    account: '',
    applicationName: 'psql',
    clientAddress: '127.0.0.1',
    tls: true,
  },
};

/** A terminal that takes down what is done with it. */
class FakeTerminal implements SharedTerminal {
  readonly channel: number;
  readonly done: string[] = [];
  readonly guests: Guest[] = [];
  refusal: NoSeat | undefined;
  leave: (reason: LeaveReason) => void = () => undefined;

  constructor(channel: number) {
    this.channel = channel;
  }

  admit(guest: Guest, onLeft: (reason: LeaveReason) => void): Seat | NoSeat {
    if (this.refusal !== undefined) return this.refusal;
    this.guests.push(guest);
    this.leave = onLeft;
    return {
      next: async () => [{ kind: 'left', reason: 'over' }],
      type: (bytes) => {
        this.done.push(`type ${bytes.toString()}`);
        return true;
      },
      hold: async (isHeld) => (isHeld ? 'taken' : 'given'),
      leave: onLeft,
    };
  }

  dismiss(): void {
    this.leave('over');
  }
}

class World {
  readonly ledger = new FakeLedger();
  readonly policies: Policies;
  readonly session: GatewaySession;
  readonly terminal = new FakeTerminal(3);
  readonly guests: SessionGuests;
  nowMs = 0;
  isRunning = true;

  constructor(policies = PERMIT_ALL) {
    this.policies = new Policies(loadPolicies(policies));
    this.session = makeSession({ ledger: this.ledger, policies: this.policies });
    this.session.share(new FakeTerminal(1));
    this.session.share(this.terminal);
    this.guests = new SessionGuests({
      registry: {
        find: (id) => (this.isRunning && id === this.session.id ? this.session : undefined),
      },
      policies: this.policies,
      grants: NO_GRANTS,
      ledger: this.ledger,
      nowMs: () => this.nowMs,
    });
  }

  join(channel?: number): Promise<GuestAnswer> {
    return this.guests.ask({ ...JOIN, session: this.session.id, channel });
  }

  /** Bob, once he is in. */
  async joined(): Promise<Guest> {
    assert.deepEqual(await this.join(), { kind: 'joined', channel: 3 });
    const [guest] = this.terminal.guests;
    assert(guest !== undefined);
    return guest;
  }

  /** What is decided about what Bob types. */
  decide(guest: Guest): Decision {
    return new GuestGuard(this.session.guard, guest).decide(CONNECT, () => [CONNECT]);
  }
}

describe('SessionGuests', () => {
  it('enters who joins before they are let in, and that they left', async () => {
    const world = new World();
    await world.joined();
    const [entry] = world.ledger.ofKind('session.join');
    assert.deepEqual(entry, {
      kind: 'session.join',
      session: world.session.id,
      principal: BOB.id,
      name: 'Bob',
      groups: BOB.groups,
      signIn: BOB.signIn,
      owner: ALICE.id,
      target: HOSPITAL.name,
      channel: 3,
      client: '10.0.0.1',
    });
    await world.guests.ask({ kind: 'leave', join: 'j1', reason: 'left' });
    const [left] = world.ledger.ofKind('session.leave');
    assert.partialDeepStrictEqual(left, { principal: BOB.id, channel: 3, reason: 'left' });
    assert.deepEqual(await world.guests.ask({ kind: 'next', join: 'j1' }), { kind: 'gone' });
  });

  it('lets nobody in whom the ledger does not take', async () => {
    const world = new World();
    world.ledger.isWritable = () => false;
    assert.deepEqual(await world.join(), { kind: 'refused', reason: 'unavailable' });
    assert.equal(world.terminal.guests.length, 0);
  });

  it('finds the terminal that is asked for, else the newest, and says where there is none', async () => {
    const world = new World();
    assert.deepEqual(await world.join(1), { kind: 'joined', channel: 1 });
    assert.deepEqual(await world.join(9), { kind: 'refused', reason: 'no-terminal' });
    world.terminal.refusal = 'sees-less';
    assert.deepEqual(await world.join(), { kind: 'refused', reason: 'sees-less' });
    world.isRunning = false;
    assert.deepEqual(await world.join(), { kind: 'refused', reason: 'over' });
  });

  it('passes keys on, and the wish for the keyboard', async () => {
    const world = new World();
    await world.joined();
    const bytes = Buffer.from('ls').toString('base64');
    const typed = await world.guests.ask({ kind: 'type', join: 'j1', bytes });
    assert.deepEqual([typed, world.terminal.done], [{ kind: 'typed', isTaken: true }, ['type ls']]);
    const held = await world.guests.ask({ kind: 'hold', join: 'j1', isHeld: true });
    assert.deepEqual(held, { kind: 'held', outcome: 'taken' });
    const other = await world.guests.ask({ kind: 'type', join: 'j2', bytes });
    assert.deepEqual([other, world.terminal.done.length], [{ kind: 'gone' }, 1]);
  });

  it('takes a guest for gone whose gateway says nothing any more, and enters that', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const world = new World();
    await world.joined();
    const pass = async (milliseconds: number): Promise<void> => {
      world.nowMs += milliseconds;
      t.mock.timers.tick(milliseconds);
      await turn();
    };
    for (let count = 0; count < 10; count++) {
      const stays = await world.guests.ask({ kind: 'stay', join: 'j1' });
      assert.deepEqual(stays, { kind: 'stays' });
      await pass(5_000);
    }
    assert.deepEqual(world.ledger.ofKind('session.leave'), []);
    await pass(30_000);
    const [left] = world.ledger.ofKind('session.leave');
    assert.partialDeepStrictEqual(left, { principal: BOB.id, reason: 'disconnected' });
    const bytes = Buffer.from('ls').toString('base64');
    assert.deepEqual(await world.guests.ask({ kind: 'type', join: 'j1', bytes }), { kind: 'gone' });
    assert.deepEqual(await world.guests.ask({ kind: 'stay', join: 'j1' }), { kind: 'gone' });
  });

  it('has guests leave before the session ends, and enters nothing behind its end', async () => {
    const world = new World();
    await world.joined();
    world.session.finish('client-left');
    world.session.close();
    await turn();
    const kinds = world.ledger.entries.map(({ kind }) => kind);
    assert.deepEqual(kinds, ['session.join', 'session.leave', 'session.end']);
    world.isRunning = false;
    world.terminal.leave('left');
    assert.equal(world.ledger.ofKind('session.leave').length, 1);
  });
});

describe('what a guest may do', () => {
  it('is what the session may and the guest may by itself, connecting included', async () => {
    const forbid = (when: string): string =>
      `${PERMIT_ALL} @id("no") forbid (principal, action == Action::"connect", resource) when { ${when} };`;
    const allowed = new World();
    assert.equal(allowed.decide(await allowed.joined()).kind, 'allow');
    for (const [when, reason] of [
      ['principal == User::"okta:alice"', /./],
      ['principal == User::"okta:bob" && context.applicationName == "psql"', /^Bob: /],
      ['principal == User::"okta:bob"', /^Bob: may not connect to this target$/],
    ] as const) {
      const world = new World(forbid(when));
      const decision = world.decide(await world.joined());
      assert.equal(decision.kind, 'deny', when);
      assert.match(decision.reason, reason);
    }
  });

  it('ends with the sign-in, and follows the policies of the moment', async () => {
    const world = new World();
    const guest = await world.joined();
    const { rights } = new GuestGuard(world.session.guard, guest);
    assert.equal(world.decide(guest).kind, 'allow');
    world.policies.replace(
      loadPolicies(`permit (principal == User::"${ALICE.id}", action, resource);`),
    );
    assert.equal(world.decide(guest).kind, 'deny');
    assert.notEqual(new GuestGuard(world.session.guard, guest).rights, rights);
    const late = new World();
    const stays = await late.joined();
    late.nowMs = BOB.expiresAtMs;
    assert.partialDeepStrictEqual(late.decide(stays), { reason: 'Bob: the sign-in has expired' });
  });
});
