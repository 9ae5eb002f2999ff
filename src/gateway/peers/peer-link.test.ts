import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { Duplex, PassThrough } from 'node:stream';
import { after, afterEach, before, describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';
import type { Peer } from '../../protocols/tunnel/peer.ts';
import { UpstreamError } from '../../protocols/upstream-error.ts';
import { SILENT_LOG } from '../../telemetry/log.ts';
import type { OpenStream } from '../../upstream/open-stream.ts';
import type { StreamRequest } from '../../wire/tunnel/stream-request.ts';
import { TunnelAuthority } from '../connectors/tunnel-authority.ts';
import { listenForTunnels, type TunnelListener } from '../connectors/tunnel-listener.ts';
import { PEER_PROTOCOL, type PeerIdentity } from './peer-identity.ts';
import { PeerLink } from './peer-link.ts';
import type { PeerQuestion } from './peer-question.ts';
import { type AnswerPeer, servePeer } from './serve-peer.ts';

const HOUR_MS = 3_600_000;
const GATEWAY = { role: 'gateway', id: undefined } as const;
const CONNECTOR = { role: 'connector', id: '00000000-0000-4000-8000-000000000000' } as const;

const opened = new DisposableStack();
const listeners: TunnelListener[] = [];
let authority: TunnelAuthority;
let stranger: TunnelAuthority;

async function makeAuthority(): Promise<TunnelAuthority> {
  return TunnelAuthority.open({ findOrKeep: async (_, candidate) => candidate });
}

async function identify(peer: Peer, by = authority): Promise<PeerIdentity> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  return {
    certificatePem: await by.issue(peer, spki, HOUR_MS),
    keyPem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    authorityPem: authority.certificatePem,
  };
}

/** Listens as `b`, or as who the identity says, and answers. */
async function listen(
  answer: AnswerPeer,
  identity?: PeerIdentity,
  openStream: OpenStream = noStream,
): Promise<TunnelListener> {
  const certificate = identity ?? (await identify({ ...GATEWAY, name: 'b' }));
  const listener = await listenForTunnels({
    name: 'gateways',
    address: { host: '127.0.0.1', port: 0 },
    authorityPem: authority.certificatePem,
    certificate,
    applications: new Map([
      [
        PEER_PROTOCOL,
        {
          role: 'gateway',
          serve: (socket) => servePeer(socket, { answer, openStream }, SILENT_LOG),
        },
      ],
    ]),
    log: SILENT_LOG,
  });
  listeners.push(listener);
  return listener;
}

function link({ host, port }: TunnelListener, identity: PeerIdentity): PeerLink {
  return opened.use(new PeerLink({ name: 'b', host, port }, () => identity));
}

async function ask(asked: PeerLink, question: PeerQuestion = { kind: 'logs' }): Promise<unknown[]> {
  return Array.fromAsync(asked.ask(question));
}

function noStream(): Promise<never> {
  return Promise.reject(new UpstreamError('ERR_UPSTREAM_UNREACHABLE', 'nobody is there'));
}

const REQUEST: StreamRequest = {
  target: 'hospital',
  kind: 'bytes',
  sessionId: 'ses_1',
  principalId: 'okta:ana',
};

function never(): never {
  assert.fail('nobody may ask');
}

async function* yes(): AsyncGenerator<string, void> {
  await Promise.resolve();
  yield 'yes';
}

describe('PeerLink', () => {
  before(async () => {
    authority = await makeAuthority();
    stranger = await makeAuthority();
  });
  after(() => opened.dispose());
  afterEach(() => {
    for (const listener of listeners.splice(0)) listener.close();
  });

  it('brings an answer, value by value, as it was given', async () => {
    const asked: PeerQuestion[] = [];
    const listener = await listen(async function* (question) {
      asked.push(question);
      await Promise.resolve();
      yield { name: 'b.0', root: Buffer.from([1, 2]) };
      yield 'second';
    });
    const own = link(listener, await identify({ ...GATEWAY, name: 'a' }));
    assert.deepEqual(await ask(own, { kind: 'search', text: 'ssn' }), [
      { name: 'b.0', root: Buffer.from([1, 2]) },
      'second',
    ]);
    assert.deepEqual(asked, [{ kind: 'search', text: 'ssn' }]);
  });

  it('fails where an answer does not come to its end', async () => {
    const listener = await listen(async function* () {
      yield 'first';
      await Promise.resolve();
      throw new Error('the disk failed');
    });
    const own = link(listener, await identify({ ...GATEWAY, name: 'a' }));
    // The reason is for the other gateway's log.
    await assert.rejects(ask(own), {
      code: 'ERR_PEER',
      message: 'Cannot ask gateway b: it failed',
    });
  });

  it('fails where nobody listens, and asks again later', async () => {
    const listener = await listen(never);
    const identity = await identify({ ...GATEWAY, name: 'a' });
    listener.close();
    await assert.rejects(ask(link(listener, identity)), { code: 'ERR_PEER' });
  });

  it('tells nothing to who is not the gateway that was asked for, wherever the store says that it is', async () => {
    const own = await identify({ ...GATEWAY, name: 'a' });
    for (const [who, identity] of [
      ['another gateway', await identify({ ...GATEWAY, name: 'c' })],
      ['a connector', await identify({ ...CONNECTOR, name: 'b' })],
      ['somebody of another authority', await identify({ ...GATEWAY, name: 'b' }, stranger)],
    ] as const) {
      const listener = await listen(never, identity);
      await assert.rejects(ask(link(listener, own)), { code: 'ERR_PEER' }, who);
    }
  });

  it('answers gateways of its own authority, and nobody else', async () => {
    const listener = await listen(never);
    for (const [who, identity] of [
      ['a connector', await identify({ ...CONNECTOR, name: 'a' })],
      ['a gateway of another authority', await identify({ ...GATEWAY, name: 'a' }, stranger)],
    ] as const) {
      await assert.rejects(ask(link(listener, identity)), { code: 'ERR_PEER' }, who);
    }
    const nobody = connectTls({
      ...{ host: listener.host, port: listener.port, ca: authority.certificatePem },
      ALPNProtocols: [PEER_PROTOCOL],
      checkServerIdentity: () => undefined,
    });
    nobody.on('error', () => undefined);
    await once(nobody, 'close');
  });

  it('carries a stream through a connector of the other gateway, both ways, until one end closes it', async () => {
    const asked: unknown[] = [];
    const listener = await listen(never, undefined, async (connectors, request) => {
      asked.push(connectors, request);
      const stream = new PassThrough();
      return { stream, facts: { pid: 7 } };
    });
    const own = link(listener, await identify({ ...GATEWAY, name: 'a' }));
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
    const listener = await listen(never, undefined, async () => ({
      stream: carried,
      facts: undefined,
    }));
    const own = link(listener, await identify({ ...GATEWAY, name: 'a' }));
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
    const listener = await listen(never, undefined, async () => ({
      stream: target,
      facts: undefined,
    }));
    const own = link(listener, await identify({ ...GATEWAY, name: 'a' }));
    const { stream } = await own.openStream(['ward-3'], REQUEST, new AbortController().signal);
    target.push('last word');
    target.push(null);
    stream.end('much to say');
    await Array.fromAsync(stream as AsyncIterable<Buffer>);
    if (!stream.closed) await once(stream, 'close');
    // The other gateway hears of that, too.
    await ask(link(await listen(yes), await identify({ ...GATEWAY, name: 'a' })));
    (await written.promise)();
    if (!target.writableFinished) await once(target, 'finish');
    assert.equal(Buffer.concat(taken).toString(), 'much to say');
  });

  it('says no as the connector of the other gateway did', async () => {
    const listener = await listen(never);
    const own = link(listener, await identify({ ...GATEWAY, name: 'a' }));
    const { signal } = new AbortController();
    await assert.rejects(own.openStream(['ward-3'], REQUEST, signal), {
      code: 'ERR_UPSTREAM_UNREACHABLE',
    });
  });

  it('hears at once that a gateway broke the connection off, and may ask again', async () => {
    let taken = 0;
    const breaking = await listenForTunnels({
      name: 'gateways',
      address: { host: '127.0.0.1', port: 0 },
      authorityPem: authority.certificatePem,
      certificate: await identify({ ...GATEWAY, name: 'b' }),
      applications: new Map([
        [
          PEER_PROTOCOL,
          {
            role: 'gateway',
            serve: (socket) => {
              taken += 1;
              socket.destroy();
            },
          },
        ],
      ]),
      log: SILENT_LOG,
    });
    listeners.push(breaking);
    const own = link(breaking, await identify({ ...GATEWAY, name: 'a' }));
    const { signal } = new AbortController();
    for (const time of [1, 2]) {
      await assert.rejects(own.openStream(['ward-3'], REQUEST, signal), { code: 'ERR_PEER' });
      assert.equal(taken, time);
    }
  });

  it('ends a link on which a question is none, and goes on to answer others', async () => {
    const listener = await listen(async function* () {
      await Promise.resolve();
      yield 'answer';
    });
    const { certificatePem: cert, keyPem: key } = await identify({ ...GATEWAY, name: 'a' });
    for (const text of ['', '{', '{"kind":"steal"}', '{"kind":"logs","more":1}']) {
      const session = connect('https://b', {
        createConnection: () =>
          connectTls({
            ...{
              host: listener.host,
              port: listener.port,
              cert,
              key,
              ca: authority.certificatePem,
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
    const own = link(listener, await identify({ ...GATEWAY, name: 'a' }));
    assert.deepEqual(await ask(own), ['answer']);
  });
});
