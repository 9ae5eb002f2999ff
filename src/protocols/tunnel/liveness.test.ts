import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect,
  createServer,
  type ServerHttp2Session,
} from 'node:http2';
import {
  type AddressInfo,
  createServer as createProxy,
  connect as dial,
  type Socket,
} from 'node:net';
import { type TestContext, test } from 'node:test';
import { type Liveness, LivenessWatch } from './liveness.ts';

const SECOND_MS = 1_000;

/** Both ends of a session that carries one stream, and the link between them. */
interface Ends extends Disposable {
  readonly client: ClientHttp2Session;
  readonly server: ServerHttp2Session;
  /** Frames are dropped from now on, and nobody is told. */
  cut(): void;
}

async function openEnds(): Promise<Ends> {
  const opened = new DisposableStack();
  let isCut = false;
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.defer(() => void server.close());
  const carry = (from: Socket, to: Socket): void => {
    opened.defer(() => void from.destroy());
    from.on('error', () => undefined);
    from.on('data', (bytes) => isCut || to.write(bytes));
  };
  const proxy = createProxy((near) => {
    const far = dial((server.address() as AddressInfo).port, '127.0.0.1');
    carry(near, far);
    carry(far, near);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  opened.defer(() => void proxy.close());
  const come = once(server, 'session') as Promise<[ServerHttp2Session]>;
  server.on('stream', (stream) => {
    stream.on('error', () => undefined);
    stream.respond();
  });
  const client = connect(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  client.on('error', () => undefined);
  opened.defer(() => client.destroy());
  const stream = client.request({ ':method': 'POST' });
  stream.on('error', () => undefined);
  await once(stream, 'response');
  const [session] = await come;
  opened.defer(() => session.destroy());
  return {
    client,
    server: session,
    cut: () => {
      isCut = true;
    },
    [Symbol.dispose]: () => opened.dispose(),
  };
}

/** Has time go by, no faster than answers come. */
async function goOn(context: TestContext, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 100) {
    context.mock.timers.tick(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

for (const isLeaving of [false, true]) {
  const which = isLeaving ? 'a session that takes no new streams' : 'a session';

  test(`finds that the other end of ${which} is dead, from both ends`, async (context) => {
    context.mock.timers.enable({ apis: ['setInterval'] });
    using ends = await openEnds();
    if (isLeaving) {
      ends.server.goaway();
      await once(ends.client, 'goaway');
      await once(ends.server, 'goaway');
      assert(ends.client.closed && ends.server.closed);
    }
    for (const session of [ends.client, ends.server]) {
      const states: Liveness[] = [];
      using watch = new LivenessWatch(session, (state) => states.push(state));
      assert(watch);
      if (session === ends.client) ends.cut();
      await goOn(context, 20 * SECOND_MS);
      assert.deepEqual(states, ['suspect', 'dead']);
    }
  });

  test(`finds that the other end of ${which} answers again`, async (context) => {
    context.mock.timers.enable({ apis: ['setInterval'] });
    using ends = await openEnds();
    if (isLeaving) {
      ends.server.goaway();
      await once(ends.client, 'goaway');
    }
    let hear: (state: Liveness) => void = () => undefined;
    using watch = new LivenessWatch(ends.client, (state) => hear(state));
    assert(watch);
    const suspect = new Promise((resolve) => {
      hear = resolve;
    });
    // Time goes by faster than any answer comes.
    for (let ms = 0; ms < 2 * SECOND_MS; ms += 100) context.mock.timers.tick(100);
    assert.equal(await suspect, 'suspect');
    assert.equal(await new Promise<Liveness>((resolve) => (hear = resolve)), 'alive');
  });
}
