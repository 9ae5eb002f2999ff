import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Unanswered } from './unanswered.ts';
import {
  ask,
  OK,
  openPool,
  SteppedBody,
  startRawServer,
  startScriptedServer,
} from './upstream.fixture.ts';

/** What a target may do to a request. */
const BEHAVIOURS = {
  ok: OK,
  closes: 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok',
  chunked: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
  interim: `HTTP/1.1 103 Early Hints\r\n\r\n${OK}`,
  extra: `${OK}${OK}`,
  half: 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf',
  nonsense: 'SSH-2.0-OpenSSH_9.2\r\n\r\n',
  silence: '',
} as const;
type Behaviour = keyof typeof BEHAVIOURS;
/** Behind these the target hangs up. */
const HANGS_UP: ReadonlySet<string> = new Set<Behaviour>(['closes', 'half', 'silence']);

/** Does to each request what its path says. */
function startCapriciousServer(): ReturnType<typeof startRawServer> {
  const done: number[] = [];
  return startRawServer((socket, received, index) => {
    const heads = received.split('\r\n\r\n').slice(0, -1);
    for (const head of heads.slice(done[index] ?? 0)) {
      const behaviour = (/^\w+ \/(\w+)/.exec(head)?.[1] ?? 'ok') as Behaviour;
      socket.write(BEHAVIOURS[behaviour]);
      if (HANGS_UP.has(behaviour)) socket.end();
    }
    done[index] = heads.length;
  });
}

describe('UpstreamPool', () => {
  it('tells every request what became of it, whatever the target does to all of them', async () => {
    const names = Object.keys(BEHAVIOURS) as Behaviour[];
    const asked = fc.record({
      behaviour: fc.constantFrom(...names),
      method: fc.constantFrom('GET', 'POST', 'DELETE'),
      owner: fc.constantFrom('a', 'b', 'c'),
      isGivenUp: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(asked, { minLength: 1, maxLength: 20 }), async (requests) => {
        await using server = await startCapriciousServer();
        const pool = openPool(server.port, { connectionsMax: 3 });
        const outcomes = requests.map(async ({ behaviour, isGivenUp, ...request }, index) => {
          const path = `/${behaviour}`;
          if (!isGivenUp) return ask(pool, { ...request, path });
          const giveUp = (pending: { readonly abort: () => void }): unknown =>
            index % 2 === 0 ? pending.abort() : setImmediate(() => pending.abort());
          void ask(pool, { ...request, path, onPending: giveUp });
          return undefined;
        });
        for (const [index, outcome] of (await Promise.all(outcomes)).entries()) {
          const { behaviour } = requests[index] ?? assert.fail();
          if (outcome === undefined) continue;
          if (['ok', 'closes', 'chunked', 'interim', 'extra'].includes(behaviour)) {
            // Whom a target answers out of turn gets an error, or what it was answered.
            assert(outcome.error !== undefined || outcome.body === 'ok', behaviour);
          } else assert(outcome.error, behaviour);
        }
        // Nothing is held by those who are gone.
        const last = await Promise.all([1, 2, 3].map(() => ask(pool, { owner: 'd' })));
        assert(last.some(({ body }) => body === 'ok'));
        pool.close();
      }),
      { numRuns: 30 },
    );
  });

  it('keeps no connection to a target that was cut off: another may have taken its place', {
    timeout: 60_000,
  }, async (context) => {
    let hasMoved = false;
    const told = Promise.withResolvers<void>();
    await using server = await startRawServer((socket, _, index) => {
      if (!hasMoved || index > 1) socket.write(OK);
      else told.resolve();
    });
    context.mock.timers.enable({ apis: ['setInterval'] });
    const unanswered = new Unanswered(async () => false);
    const pool = openPool(server.port, { unanswered });
    await Promise.all([ask(pool), ask(pool)]);
    assert.equal(server.connections.length, 2);
    hasMoved = true;
    const cutOff = ask(pool);
    await told.promise;
    for (const _ of [1, 2]) context.mock.timers.tick(5_000);
    assert.match(String((await cutOff).error), /cannot be reached any more/);
    assert.equal((await ask(pool)).status, 200);
    pool.close();
  });

  it('takes turns between owners, and lets nobody hold more than half of the connections', async () => {
    const waiting: { readonly path: string; readonly answer: () => void }[] = [];
    await using server = await startRawServer((socket, received) => {
      const [path = ''] =
        /\/\w+(?= HTTP[^]*$)/.exec(received.slice(received.lastIndexOf('GET '))) ?? [];
      waiting.push({ path, answer: () => socket.write(OK) });
    });
    const pool = openPool(server.port, { connectionsMax: 4 });
    const outcomes = [
      ...Array.from({ length: 6 }, (_, index) =>
        ask(pool, { owner: 'greedy', path: `/g${index}` }),
      ),
      ...Array.from({ length: 2 }, (_, index) =>
        ask(pool, { owner: 'modest', path: `/m${index}` }),
      ),
    ];
    while (waiting.length < 4) await new Promise(setImmediate);
    const begun = waiting.map(({ path }) => path).toSorted();
    assert.deepEqual(begun, ['/g0', '/g1', '/m0', '/m1']);
    let answered = 0;
    const finish = async (): Promise<void> => {
      while (answered < 8) {
        waiting[answered]?.answer();
        if (answered < waiting.length) answered += 1;
        await new Promise(setImmediate);
      }
    };
    await finish();
    assert((await Promise.all(outcomes)).every(({ body }) => body === 'ok'));
    assert(server.connections.length <= 4);
    pool.close();
  });

  it('refuses what would wait behind too many, or too long', async () => {
    await using server = await startRawServer(() => undefined);
    const pool = openPool(server.port, { connectionsMax: 1, waitingMax: 1, waitTimeoutMs: 50 });
    const first = ask(pool);
    while (server.received(0) === '') await new Promise(setImmediate);
    const second = ask(pool);
    const third = await ask(pool);
    assert.match(String(third.error), /too many requests wait/);
    assert.match(String((await second).error), /no connection became free/);
    pool.close();
    void first;
  });

  it('fails a request that cannot be written, and goes on', async () => {
    await using server = await startScriptedServer(OK);
    const pool = openPool(server.port);
    await ask(pool);
    const { error } = await ask(pool, { path: '/a b' });
    assert.equal((error as { code?: string } | undefined)?.code, 'ERR_UPSTREAM_PROTOCOL');
    assert.equal((await ask(pool)).body, 'ok');
    pool.close();
  });

  it('leaves room to wait for others', async () => {
    await using server = await startRawServer(() => undefined);
    const pool = openPool(server.port, { connectionsMax: 1, waitingMax: 4 });
    const greedy = Array.from({ length: 8 }, () => ask(pool, { owner: 'greedy' }));
    const refused = await Promise.race(greedy);
    assert.match(String(refused.error), /too many requests wait/);
    const modest = ask(pool, { owner: 'modest' });
    pool.close();
    assert.match(String((await modest).error), /the gateway is stopping/);
  });

  it('forgets requests that are given up, waiting or under way', async () => {
    await using server = await startRawServer((socket, received) => {
      if (received.includes('/next')) socket.write(OK);
    });
    const pool = openPool(server.port, { connectionsMax: 1 });
    const aborts: (() => void)[] = [];
    const note = ({ abort }: { readonly abort: () => void }): unknown => aborts.push(abort);
    void ask(pool, { onPending: note });
    while (server.received(0) === '') await new Promise(setImmediate);
    void ask(pool, { onPending: note, path: '/never' });
    const next = ask(pool, { path: '/next' });
    for (const abort of aborts.toReversed()) abort();
    assert.equal((await next).body, 'ok');
    assert(!server.received(1).includes('/never'));
    pool.close();
  });

  it('reads no more of a response than is wanted', async () => {
    const size = 64 * 1024 * 1024;
    const head = `HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`;
    await using server = await startRawServer((socket) => {
      socket.write(head);
      for (let left = size; left > 0; left -= 1024 * 1024)
        socket.write(Buffer.alloc(1024 * 1024, 'a'));
    });
    const pool = openPool(server.port);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    let bytes = 0;
    void ask(pool, {
      onResponse({ body }) {
        body.start({
          onData(piece) {
            bytes += piece.length;
            if (bytes !== piece.length) return;
            body.pause();
            // As long as the system's buffers take to fill, and much longer.
            setTimeout(() => {
              const [socket] = server.connections;
              assert(
                socket !== undefined && socket.writableLength > size / 2,
                'all of it was taken',
              );
              assert(bytes < size / 2);
              body.resume();
            }, 50);
          },
          onEnd: () => resolve(bytes),
          onError: reject,
        });
      },
    });
    assert.equal(await promise, size);
    pool.close();
  });

  it('reads no more of a request than the target takes', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    await using server = await startRawServer((socket) => {
      socket.pause();
      resolve();
    });
    const pool = openPool(server.port);
    const body = new SteppedBody(Array(4096).fill('a'.repeat(16 * 1024)), 4096 * 16 * 1024);
    let pending: { readonly abort: () => void } | undefined;
    void ask(pool, {
      method: 'PUT',
      body,
      onPending(given) {
        pending = given;
      },
    });
    await promise;
    await body.whenPaused;
    assert(body.delivered < 4096, 'all of it was taken');
    pending?.abort();
    pool.close();
  });
});
