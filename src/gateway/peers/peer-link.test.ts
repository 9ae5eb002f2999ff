import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, performServerHandshake } from 'node:http2';
import { Duplex, PassThrough } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { SILENT_LOG } from '../../telemetry/log.ts';
import { encodeStreamAnswer } from '../../wire/tunnel/stream-answer.ts';
import type { StreamRequest } from '../../wire/tunnel/stream-request.ts';
import { ANSWER_FIELD } from '../../wire/tunnel/tunnel-protocol.ts';
import { dialPeer } from './dial-peer.ts';
import { PEER_PROTOCOL } from './peer-identity.ts';
import type { PeerLink } from './peer-link.ts';
import type { PeerQuestion } from './peer-question.ts';
import { GATEWAY, PeerWorld } from './peer-world.fixture.ts';
import { servePeer } from './serve-peer.ts';

const CONNECTOR = { role: 'connector', id: '00000000-0000-4000-8000-000000000000' } as const;

const REQUEST: StreamRequest = {
  target: 'hospital',
  kind: 'bytes',
  sessionId: 'ses_1',
  principalId: 'okta:ana',
};

let world: PeerWorld;

async function ask(asked: PeerLink, question: PeerQuestion = { kind: 'logs' }): Promise<unknown[]> {
  return Array.fromAsync(asked.ask(question));
}

function never(): never {
  assert.fail('nobody may ask');
}

async function* yes(): AsyncGenerator<string, void> {
  await Promise.resolve();
  yield 'yes';
}

describe('PeerLink', () => {
  before(async () => {
    world = await PeerWorld.open();
  });
  after(() => world[Symbol.dispose]());

  it('brings an answer, value by value, as it was given', async () => {
    const asked: PeerQuestion[] = [];
    const listener = await world.listen(async function* (question) {
      asked.push(question);
      await Promise.resolve();
      yield { name: 'b.0', root: Buffer.from([1, 2]) };
      yield 'second';
    });
    const own = world.link(listener, await world.identify({ ...GATEWAY, name: 'a' }));
    assert.deepEqual(await ask(own, { kind: 'search', text: 'ssn' }), [
      { name: 'b.0', root: Buffer.from([1, 2]) },
      'second',
    ]);
    assert.deepEqual(asked, [{ kind: 'search', text: 'ssn' }]);
  });

  it('fails where an answer does not come to its end', async () => {
    const listener = await world.listen(async function* () {
      yield 'first';
      await Promise.resolve();
      throw new Error('the disk failed');
    });
    const own = world.link(listener, await world.identify({ ...GATEWAY, name: 'a' }));
    // The reason is for the other gateway's log.
    await assert.rejects(ask(own), {
      code: 'ERR_PEER',
      message: 'Cannot ask gateway b: it failed',
    });
  });

  it('fails where nobody listens, and asks again later', async () => {
    const listener = await world.listen(never);
    const identity = await world.identify({ ...GATEWAY, name: 'a' });
    listener.close();
    await assert.rejects(ask(world.link(listener, identity)), { code: 'ERR_PEER' });
  });

  it('tells nothing to who is not the gateway that was asked for, wherever the store says that it is', async () => {
    const own = await world.identify({ ...GATEWAY, name: 'a' });
    for (const [who, identity] of [
      ['another gateway', await world.identify({ ...GATEWAY, name: 'c' })],
      ['a connector', await world.identify({ ...CONNECTOR, name: 'b' })],
      ['somebody of another authority', await world.identify({ ...GATEWAY, name: 'b' }, true)],
    ] as const) {
      const listener = await world.listen(never, identity);
      await assert.rejects(ask(world.link(listener, own)), { code: 'ERR_PEER' }, who);
    }
  });

  it('answers gateways of its own authority, and nobody else', async () => {
    const listener = await world.listen(never);
    for (const [who, identity] of [
      ['a connector', await world.identify({ ...CONNECTOR, name: 'a' })],
      ['a gateway of another authority', await world.identify({ ...GATEWAY, name: 'a' }, true)],
    ] as const) {
      await assert.rejects(ask(world.link(listener, identity)), { code: 'ERR_PEER' }, who);
    }
    const nobody = connectTls({
      ...{ host: listener.host, port: listener.port, ca: world.authorityPem },
      ALPNProtocols: [PEER_PROTOCOL],
      checkServerIdentity: () => undefined,
    });
    nobody.on('error', () => undefined);
    await once(nobody, 'close');
  });

  it('carries a stream through a connector of the other gateway, both ways, until one end closes it', async () => {
    const asked: unknown[] = [];
    const listener = await world.listen(never, undefined, async (connectors, request) => {
      asked.push(connectors, request);
      const stream = new PassThrough();
      return { stream, facts: { pid: 7 } };
    });
    const own = world.link(listener, await world.identify({ ...GATEWAY, name: 'a' }));
    const { signal } = new AbortController();
    const { stream, facts } = await own.openStream(['ward-3', 'ward-4'], REQUEST, signal);
    assert.deepEqual(facts, { pid: 7 });
    assert.deepEqual(asked, [['ward-3', 'ward-4'], REQUEST]);
    const sent = Buffer.alloc(3_000_000, 'abc');
    stream.end(sent);
    assert(Buffer.concat(await Array.fromAsync(stream as AsyncIterable<Buffer>)).equals(sent));
  });

  it('tells a stream that broke at the other gateway from one that ended there', async () => {
    const carried = new PassThrough();
    const listener = await world.listen(never, undefined, async () => ({
      stream: carried,
      facts: undefined,
    }));
    const own = world.link(listener, await world.identify({ ...GATEWAY, name: 'a' }));
    const { stream } = await own.openStream(['ward-3'], REQUEST, new AbortController().signal);
    stream.write('something');
    await once(stream, 'readable');
    carried.destroy(new Error('the connector broke it off'));
    await assert.rejects(Array.fromAsync(stream as AsyncIterable<Buffer>));
  });

  it('carries all that was written, though the target takes it only after its own last word', async () => {
    const taken: Buffer[] = [];
    const written = Promise.withResolvers<() => void>();
    const target = new Duplex({
      read: () => undefined,
      write(chunk: Buffer, _, done) {
        taken.push(chunk);
        written.resolve(done);
      },
    });
    const listener = await world.listen(never, undefined, async () => ({
      stream: target,
      facts: undefined,
    }));
    const own = world.link(listener, await world.identify({ ...GATEWAY, name: 'a' }));
    const { stream } = await own.openStream(['ward-3'], REQUEST, new AbortController().signal);
    target.push('last word');
    target.push(null);
    stream.end('much to say');
    await Array.fromAsync(stream as AsyncIterable<Buffer>);
    if (!stream.closed) await once(stream, 'close');
    // The other gateway hears of that, too.
    await ask(world.link(await world.listen(yes), await world.identify({ ...GATEWAY, name: 'a' })));
    (await written.promise)();
    if (!target.writableFinished) await once(target, 'finish');
    assert.equal(Buffer.concat(taken).toString(), 'much to say');
  });

  it('gives up a target that takes nothing after the last words of both', {
    timeout: 60_000,
  }, async (context) => {
    const target = new Duplex({ read: () => undefined, write: () => undefined });
    const listener = await world.listen(never, undefined, async () => ({
      stream: target,
      facts: undefined,
    }));
    const own = world.link(listener, await world.identify({ ...GATEWAY, name: 'a' }));
    const { stream } = await own.openStream(['ward-3'], REQUEST, new AbortController().signal);
    context.mock.timers.enable({ apis: ['setTimeout'] });
    target.push(null);
    stream.end('much to say');
    await Array.fromAsync(stream as AsyncIterable<Buffer>);
    while (!target.destroyed) {
      context.signal.throwIfAborted();
      context.mock.timers.tick(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
  });

  it('says no as the connector of the other gateway did', async () => {
    const listener = await world.listen(never);
    const own = world.link(listener, await world.identify({ ...GATEWAY, name: 'a' }));
    const { signal } = new AbortController();
    await assert.rejects(own.openStream(['ward-3'], REQUEST, signal), {
      code: 'ERR_UPSTREAM_UNREACHABLE',
    });
  });

  it('hears at once that a gateway broke the connection off, and may ask again', async () => {
    let taken = 0;
    const breaking = await world.take((socket) => {
      taken += 1;
      socket.destroy();
    });
    const own = world.link(breaking, await world.identify({ ...GATEWAY, name: 'a' }));
    const { signal } = new AbortController();
    for (const time of [1, 2]) {
      await assert.rejects(own.openStream(['ward-3'], REQUEST, signal), { code: 'ERR_PEER' });
      assert.equal(taken, time);
    }
  });

  it('has what it carries outlive a moment in which nothing comes through', async () => {
    const way = await world.openWay(
      await world.listen(yes, undefined, async () => ({
        stream: new PassThrough(),
        facts: undefined,
      })),
    );
    const own = world.link(way, await world.identify({ ...GATEWAY, name: 'a' }));
    const { signal } = new AbortController();
    const { stream } = await own.openStream(['ward-3'], REQUEST, signal);
    way.hold();
    // Who asks meanwhile is told.
    await assert.rejects(ask(own), { code: 'ERR_PEER' });
    way.release();
    assert.deepEqual(await ask(own), ['yes']);
    stream.end('still here');
    const carried = await Array.fromAsync(stream as AsyncIterable<Buffer>);
    assert.equal(Buffer.concat(carried).toString(), 'still here');
  });

  it('brings what a gateway says that was only busy, a refusal too', async () => {
    const way = await world.openWay(await world.listen(yes));
    const own = world.link(way, await world.identify({ ...GATEWAY, name: 'a' }));
    await ask(own);
    way.hold();
    const isSuspect = way.untilNext();
    const answered = ask(own);
    const refused = own.openStream(['ward-3'], REQUEST, new AbortController().signal);
    const isRefused = assert.rejects(refused, { code: 'ERR_UPSTREAM_UNREACHABLE' });
    await isSuspect;
    way.release();
    assert.deepEqual(await answered, ['yes']);
    await isRefused;
  });

  it('tells who waits on a connection that is lost, once another one is there', async () => {
    const way = await world.openWay(await world.listen(yes));
    const own = world.link(way, await world.identify({ ...GATEWAY, name: 'a' }));
    await ask(own);
    way.hold((index) => index === 0);
    await assert.rejects(ask(own), {
      code: 'ERR_PEER',
      message: 'Cannot ask gateway b: it does not answer',
    });
    assert.deepEqual(await ask(own), ['yes']);
  });

  it('keeps a connection for the next question, where who had it made has left', async () => {
    let taken = 0;
    const listener = await world.take((socket) => {
      taken += 1;
      servePeer(socket, { answer: yes, openStream: never }, SILENT_LOG);
    });
    const own = world.link(listener, await world.identify({ ...GATEWAY, name: 'a' }));
    for (let time = 0; time < 3; time += 1) {
      const leaving = new AbortController();
      const asking = own.openStream(['ward-3'], REQUEST, leaving.signal);
      leaving.abort();
      await assert.rejects(asking);
    }
    assert.deepEqual(await ask(own), ['yes']);
    assert.equal(taken, 1);
  });

  it('answers questions however many streams it carries', { timeout: 60_000 }, async () => {
    const listener = await world.listen(yes, undefined, async () => ({
      stream: new PassThrough(),
      facts: undefined,
    }));
    const own = world.link(listener, await world.identify({ ...GATEWAY, name: 'a' }));
    const { signal } = new AbortController();
    const streams = Array.from({ length: 300 }, () => own.openStream(['ward-3'], REQUEST, signal));
    const opened = await Promise.all(streams);
    assert.deepEqual(await ask(own), ['yes']);
    for (const { stream } of opened) stream.destroy();
  });

  it('says at once that a gateway takes no more streams', { timeout: 60_000 }, async () => {
    const listener = await world.take((socket) => {
      const session = performServerHandshake(socket, { settings: { maxConcurrentStreams: 1 } });
      session.on('stream', (stream) => {
        stream.on('error', () => undefined);
        stream.respond({ [ANSWER_FIELD]: encodeStreamAnswer({ kind: 'opened' }) });
      });
    });
    const own = world.link(listener, await world.identify({ ...GATEWAY, name: 'a' }));
    const { signal } = new AbortController();
    const { stream } = await own.openStream(['ward-3'], REQUEST, signal);
    await assert.rejects(own.openStream(['ward-3'], REQUEST, signal), {
      message: 'Cannot ask gateway b: it takes 1 streams',
    });
    stream.destroy();
  });

  it('lets more than the 64 KiB of the default be on their way to it', async () => {
    const listener = await world.listen(yes);
    const socket = await dialPeer(
      { name: 'b', host: listener.host, port: listener.port },
      await world.identify({ ...GATEWAY, name: 'a' }),
    );
    const session = connect('https://b', { createConnection: () => socket });
    await once(session, 'remoteSettings');
    while ((session.state.remoteWindowSize ?? 0) < 1_048_576) await setTimeout(5);
    session.destroy();
  });

  it('ends a link on which a question is none, and goes on to answer others', async () => {
    const listener = await world.listen(async function* () {
      await Promise.resolve();
      yield 'answer';
    });
    const { certificatePem: cert, keyPem: key } = await world.identify({ ...GATEWAY, name: 'a' });
    for (const text of ['', '{', '{"kind":"steal"}', '{"kind":"logs","more":1}']) {
      const session = connect('https://b', {
        createConnection: () =>
          connectTls({
            ...{
              host: listener.host,
              port: listener.port,
              cert,
              key,
              ca: world.authorityPem,
            },
            ALPNProtocols: [PEER_PROTOCOL],
            checkServerIdentity: () => undefined,
          }),
      });
      const stream = session.request({ ':method': 'POST', ':path': '/' });
      stream.on('response', () => assert.fail('it was answered'));
      stream.on('error', () => undefined);
      stream.end(text);
      await once(stream, 'close');
      session.destroy();
    }
    const own = world.link(listener, await world.identify({ ...GATEWAY, name: 'a' }));
    assert.deepEqual(await ask(own), ['answer']);
  });
});
