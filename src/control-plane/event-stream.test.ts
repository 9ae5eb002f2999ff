import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StreamMessage } from './answer.ts';
import { EventStream } from './event-stream.ts';

const HEARTBEAT_MS = 15_000;

async function readAll(stream: EventStream): Promise<readonly StreamMessage[]> {
  const messages: StreamMessage[] = [];
  for await (const message of stream) messages.push(message);
  return messages;
}

describe('EventStream', () => {
  it('sends what was pushed, in order, and ends when the client goes', async () => {
    const gone = new AbortController();
    const stream = new EventStream({ isStillEntitled: async () => true, signal: gone.signal });
    const reading = readAll(stream);
    stream.push('a', 1);
    stream.push('b', 2);
    await Promise.resolve();
    gone.abort();
    stream.push('c', 3);
    assert.deepEqual(await reading, [
      { kind: 'event', name: 'a', data: 1 },
      { kind: 'event', name: 'b', data: 2 },
    ]);
  });

  it('ends with the sign-in, at the next sign of life', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    let signedIn = true;
    const { signal } = new AbortController();
    const stream = new EventStream({ isStillEntitled: async () => signedIn, signal });
    const reading = readAll(stream);
    t.mock.timers.tick(HEARTBEAT_MS);
    await new Promise((resolve) => setImmediate(resolve));
    signedIn = false;
    t.mock.timers.tick(HEARTBEAT_MS);
    assert.deepEqual(await reading, [{ kind: 'heartbeat' }]);
    assert.ok(stream.signal.aborted);
  });

  it('ends when nobody can say whether the sign-in lasts', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const isStillEntitled = () => Promise.reject(new Error('store is down'));
    const stream = new EventStream({ isStillEntitled, signal: new AbortController().signal });
    const reading = readAll(stream);
    t.mock.timers.tick(HEARTBEAT_MS);
    assert.deepEqual(await reading, []);
  });

  it('keeps a bounded number for a client that does not read, and then ends', async () => {
    const { signal } = new AbortController();
    const stream = new EventStream({ isStillEntitled: async () => true, signal });
    for (let count = 0; count < 1_000; count++) stream.push('a', count);
    assert.equal(stream.signal.aborted, false);
    stream.push('a', 1_000);
    assert.equal(stream.signal.aborted, true);
    assert.deepEqual(await readAll(stream), []);
  });

  it('reads a source no faster than its client', async () => {
    let made = 0;
    async function* makeMany() {
      for (; made < 5_000; made++) yield { kind: 'row', made };
    }
    const stream = new EventStream({
      isStillEntitled: async () => true,
      signal: new AbortController().signal,
    });
    const piping = stream.pipe(makeMany());
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(made <= 10);
    const messages = await readAll(stream);
    await piping;
    assert.equal(messages.length, 5_000);
  });
});
