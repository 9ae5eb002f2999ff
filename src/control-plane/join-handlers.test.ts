import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import {
  createFakeServices,
  createPrincipal,
  type FakeServices,
} from '../../test/control-plane/fake-services.ts';
import type { JoinEvent } from '../api/join.ts';
import type { GuestAnswer, GuestQuestion } from '../gateway/session-guests.ts';
import type { Answer } from './answer.ts';
import type { SignedInCall } from './handler.ts';
import {
  findKeyboard,
  findSessionToJoin,
  findSessionToTypeIn,
  type Joins,
} from './join-handlers.ts';

const LOOK_MS = 5_000;

class World {
  readonly joins: Joins = new Map();
  readonly asked: GuestQuestion[] = [];
  readonly services: FakeServices;
  joinAnswer: GuestAnswer = { kind: 'joined', channel: 4 };
  /** Of whom it was said that they stay. */
  readonly stays: string[] = [];
  isProcessGone = false;
  #tell: ((answer: GuestAnswer) => void) | undefined;

  constructor() {
    this.services = createFakeServices({
      askGuests: (_logName, question) => {
        this.asked.push(question);
        return this.#answer(question);
      },
    });
  }

  call(path: object, json: unknown, name = 'officer'): SignedInCall {
    return {
      principal: createPrincipal(name),
      signIn: undefined,
      path,
      query: {},
      json,
      form: new URLSearchParams(),
      clientAddress: '127.0.0.1',
      signal: new AbortController().signal,
      isStillSignedIn: async () => true,
    };
  }

  async join(name?: string): Promise<Answer | undefined> {
    const call = this.call({ id: 's-bob' }, {}, name);
    return (await findSessionToJoin(this.services, this.joins, call))?.handle();
  }

  /** Something happens in the session. */
  tell(...events: (GuestAnswer & { readonly kind: 'events' })['events']): void {
    this.#tell?.({ kind: 'events', events });
  }

  async #answer(question: GuestQuestion): Promise<GuestAnswer> {
    switch (question.kind) {
      case 'join':
        return this.joinAnswer;
      case 'next':
        if (this.isProcessGone) return { kind: 'gone' };
        return new Promise((resolve) => {
          this.#tell = resolve;
        });
      case 'type':
        return { kind: 'typed', isTaken: true };
      case 'hold':
        return { kind: 'held', outcome: 'busy' };
      case 'stay':
        this.stays.push(question.join);
        return { kind: 'stays' };
      case 'leave':
        this.tell({ kind: 'left', reason: question.reason });
        return { kind: 'gone' };
    }
  }
}

describe('joining a session', () => {
  it('tells what happens until the guest leaves', async () => {
    const world = new World();
    const answer = await world.join();
    assert(answer?.kind === 'events');
    const events = answer.events[Symbol.asyncIterator]() as AsyncIterator<JoinEvent, void>;
    const [join] = world.joins.keys();
    assert.deepEqual((await events.next()).value, { kind: 'joined', join, channel: 4 });
    const keyboard = { kind: 'keyboard', holder: 'you', name: 'x' } as const;
    const next = events.next();
    await setImmediate();
    world.tell(keyboard);
    assert.deepEqual((await next).value, keyboard);
    const last = events.next();
    await setImmediate();
    answer.release();
    assert.deepEqual((await last).value, { kind: 'left', reason: 'disconnected' });
    assert.equal((await events.next()).done, true);
    assert.equal(world.joins.size, 0);
  });

  it('ends once the guest may not be there any more', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const world = new World();
    const answer = await world.join();
    assert(answer?.kind === 'events');
    const kinds: unknown[] = [];
    const reading = (async () => {
      for await (const event of answer.events) kinds.push(event);
    })();
    await setImmediate();
    t.mock.timers.tick(LOOK_MS);
    await setImmediate();
    world.services.allow = ({ action }) => action !== 'session.join';
    t.mock.timers.tick(LOOK_MS);
    await reading;
    assert.equal(world.stays.length, 1, 'said once, as long as it was so');
    assert.deepEqual(kinds.slice(1), [
      { kind: 'alive' },
      { kind: 'left', reason: 'not-permitted' },
    ]);
  });

  it('ends where the process of the session is gone', async () => {
    const world = new World();
    world.isProcessGone = true;
    const answer = await world.join();
    assert(answer?.kind === 'events');
    const events = await Array.fromAsync(answer.events as AsyncIterable<JoinEvent>);
    assert.deepEqual(events.at(-1), { kind: 'left', reason: 'over' });
  });

  it('is refused with a reason, and keeps no place then', async () => {
    for (const [told, code] of [
      [{ kind: 'refused', reason: 'sees-less' }, 'refused'],
      [{ kind: 'refused', reason: 'no-terminal' }, 'conflict'],
      [{ kind: 'refused', reason: 'unavailable' }, 'unavailable'],
      [{ kind: 'gone' }, 'conflict'],
    ] as const) {
      const world = new World();
      world.joinAnswer = told;
      const answer = await world.join();
      assert(answer?.kind === 'problem');
      assert.equal(answer.problem.code, code);
      assert.equal(world.joins.size, 0);
    }
  });

  it('serves few at a time for one principal', async () => {
    const world = new World();
    const kinds: unknown[] = [];
    for (let count = 0; count < 9; count += 1) kinds.push((await world.join())?.kind);
    assert.deepEqual(kinds, [...Array.from({ length: 8 }, () => 'events'), 'problem']);
    assert.equal((await world.join('alice'))?.kind, 'events');
  });

  it('takes keys and wishes for a place of the asker’s own only', async () => {
    const world = new World();
    await world.join();
    const [join] = world.joins.keys();
    const path = { id: 's-bob', join };
    const bytes = 'bHM=';
    const type = async (call: SignedInCall): Promise<Answer | undefined> =>
      (await findSessionToTypeIn(world.services, world.joins, call))?.handle();
    const typed = await type(world.call(path, { bytes }));
    assert.deepEqual(typed?.kind === 'json' && typed.body, { taken: true });
    const held = await findKeyboard(world.services, world.joins, world.call(path, { hold: true }));
    const answer = await held?.handle();
    assert.deepEqual(answer?.kind === 'json' && answer.body, { outcome: 'busy' });
    for (const other of [
      world.call(path, { bytes }, 'alice'),
      world.call({ ...path, id: 's-alice' }, { bytes }),
      world.call({ id: 's-bob', join: 'j2' }, { bytes }),
    ]) {
      assert.equal((await type(other))?.kind, 'problem');
    }
    assert.equal(world.asked.filter(({ kind }) => kind === 'type').length, 1);
  });
});
