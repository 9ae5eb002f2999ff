import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { SILENT_LOG } from '../../telemetry/log.ts';
import type { StreamRequest } from '../../wire/tunnel/stream-request.ts';
import { PeerLinks } from './peer-links.ts';
import { GATEWAY, PeerWorld } from './peer-world.fixture.ts';
import { servePeer } from './serve-peer.ts';

const PLACE = { name: 'gw', host: '127.0.0.1', port: 7443 };

const REQUEST: StreamRequest = {
  target: 'hospital',
  kind: 'bytes',
  sessionId: 'ses_1',
  principalId: 'okta:ana',
};

let world: PeerWorld;

/** Links of `a` to `b`, which sends back what comes on a stream, and the connection that carries one. */
async function carryStream() {
  const taken = Promise.withResolvers<TLSSocket>();
  const listener = await world.take((socket) => {
    const openStream = async () => ({ stream: new PassThrough(), facts: undefined });
    servePeer(socket, { answer: () => assert.fail('nobody asks'), openStream }, SILENT_LOG);
    taken.resolve(socket);
  });
  const identity = await world.identify({ ...GATEWAY, name: 'a' });
  const links = new PeerLinks(() => identity);
  links.set(new Map([['b', { name: 'b', host: listener.host, port: listener.port }]]));
  const link = links.find('b');
  assert(link !== undefined);
  const { stream } = await link.openStream(['ward-3'], REQUEST, new AbortController().signal);
  return { links, link, stream, connection: await taken.promise };
}

describe('PeerLinks', () => {
  before(async () => {
    world = await PeerWorld.open();
  });
  after(() => world[Symbol.dispose]());

  it('keep a link for as long as its place is the same, and no longer', () => {
    using links = new PeerLinks(() => assert.fail('nobody is asked'));
    assert.equal(links.set(new Map([['gw.0', PLACE]])), true);
    const link = links.find('gw.0');
    assert.deepEqual(link?.place, PLACE);
    assert.equal(links.set(new Map([['gw.0', { ...PLACE }]])), false);
    assert.equal(links.find('gw.0'), link);
    assert.equal(links.set(new Map([['gw.0', { ...PLACE, port: 7444 }]])), true);
    assert.notEqual(links.find('gw.0'), link);
    assert.equal(links.set(new Map([['gw.1', PLACE]])), true);
    assert.deepEqual(links.names, ['gw.1']);
    assert.equal(links.find('gw.0'), undefined);
  });

  it('let what they carry go on where the store does not hear of the other gateway, then end', async () => {
    const { links, link, stream, connection } = await carryStream();
    using _ = links;
    assert.equal(links.set(new Map()), true);
    const { signal } = new AbortController();
    await assert.rejects(link.openStream(['ward-3'], REQUEST, signal), { code: 'ERR_PEER' });
    links.set(new Map());
    stream.end('still here');
    const carried = await Array.fromAsync(stream as AsyncIterable<Buffer>);
    assert.equal(Buffer.concat(carried).toString(), 'still here');
    if (!connection.closed) await once(connection, 'close');
  });

  it('end at once with all that they carry where the gateway itself ends', async () => {
    const { links, stream, connection } = await carryStream();
    links.set(new Map());
    links[Symbol.dispose]();
    if (!stream.closed) await once(stream, 'close');
    if (!connection.closed) await once(connection, 'close');
  });
});
