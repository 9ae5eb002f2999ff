import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import {
  createFakeServices,
  createPrincipal,
  type FakeServices,
} from '../../test/control-plane/fake-services.ts';
import type { LiveEvent } from '../api/live-event.ts';
import type { Answer } from './answer.ts';
import { EventHub } from './event-hub.ts';
import type { SignedInCall } from './handler.ts';

let services: FakeServices;
let hub: EventHub;

interface Listening {
  /** All that it was told so far, once everybody was told. */
  told(): Promise<readonly LiveEvent[]>;
  leave(): void;
}

async function listen(name: string): Promise<Listening> {
  const gone = new AbortController();
  const answer = await hub.serve(createCall(name, gone.signal));
  assert.ok(answer.kind === 'stream');
  const events: LiveEvent[] = [];
  const reading = readAll(answer, events);
  return {
    async told() {
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      return events;
    },
    leave() {
      gone.abort();
      void reading;
    },
  };
}

async function readAll(answer: Answer, events: LiveEvent[]): Promise<void> {
  assert.ok(answer.kind === 'stream');
  for await (const message of answer.messages) {
    if (message.kind === 'event') events.push(message.data as LiveEvent);
  }
}

function createCall(name: string, signal: AbortSignal): SignedInCall {
  return {
    path: undefined,
    query: undefined,
    form: new URLSearchParams(),
    json: undefined,
    clientAddress: '127.0.0.1',
    signal,
    principal: createPrincipal(name),
    signIn: undefined,
    isStillSignedIn: async () => true,
  };
}

describe('EventHub', () => {
  beforeEach(() => {
    services = createFakeServices();
    hub = new EventHub(services);
  });

  it('tells each only what they may see', async () => {
    const [bob, officer, alice] = [
      await listen('bob'),
      await listen('officer'),
      await listen('alice'),
    ];
    services.access.announce({ kind: 'request.changed', requestId: 'req_bob' });
    services.access.announce({ kind: 'grant.changed', grantId: 'gr_bob' });
    services.access.announce({ kind: 'request.opened', requestId: 'req_nobody' });
    const request: LiveEvent = {
      kind: 'request.changed',
      id: 'req_bob',
      requestKind: 'operation',
      state: 'pending',
      target: 'hospital',
    };
    const grant: LiveEvent = {
      kind: 'grant.changed',
      id: 'gr_bob',
      state: 'active',
      target: 'hospital',
    };
    assert.deepEqual(await bob.told(), [request, grant]);
    assert.deepEqual(await officer.told(), [request, grant]);
    assert.deepEqual(await alice.told(), []);
    for (const one of [bob, officer, alice]) one.leave();
  });

  it('has everybody read again when changes may have been missed', async () => {
    const alice = await listen('alice');
    services.access.announce({ kind: 'resync' });
    assert.deepEqual(await alice.told(), [{ kind: 'reset' }]);
    alice.leave();
  });

  it('does not keep what cannot be looked up to itself', async () => {
    const bob = await listen('bob');
    services.access.findRequest = () => Promise.reject(new Error('store is down'));
    services.access.announce({ kind: 'request.changed', requestId: 'req_bob' });
    assert.deepEqual(await bob.told(), [{ kind: 'reset' }]);
    bob.leave();
  });

  it('ends the streams of those who could not be told for long, and asks for what waited no more', async () => {
    const store = Promise.withResolvers<undefined>();
    let asked = 0;
    services.access.findRequest = () => {
      asked += 1;
      return store.promise;
    };
    const call = createCall('bob', new AbortController().signal);
    const answer = await hub.serve(call);
    assert.ok(answer.kind === 'stream');
    const reading = readAll(answer, []);
    for (let count = 0; count < 10_000; count++) {
      services.access.announce({ kind: 'request.changed', requestId: 'req_bob' });
    }
    await reading;
    store.resolve(undefined);
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(asked <= 1);
    assert.equal((await hub.serve(call)).kind, 'stream');
  });

  it('tells nobody who has left, and asks for nothing when nobody listens', async () => {
    const bob = await listen('bob');
    bob.leave();
    services.access.announce({ kind: 'request.changed', requestId: 'req_bob' });
    assert.deepEqual(await bob.told(), []);
  });

  it('lets nobody open streams without end', async () => {
    const gone = new AbortController();
    for (let count = 0; count < 20; count++) {
      assert.equal((await hub.serve(createCall('bob', gone.signal))).kind, 'stream');
    }
    const one = await hub.serve(createCall('bob', gone.signal));
    assert.equal(one.kind === 'problem' && one.problem.status, 429);
    assert.equal((await hub.serve(createCall('alice', gone.signal))).kind, 'stream');
    gone.abort();
    const free = new AbortController();
    assert.equal((await hub.serve(createCall('bob', free.signal))).kind, 'stream');
    free.abort();
  });
});
