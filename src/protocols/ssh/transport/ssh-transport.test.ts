import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { type Duplex, duplexPair } from 'node:stream';
import { describe, it } from 'node:test';
import { ProtocolError } from '../../../wire/protocol-error.ts';
import { encodePublicKey } from '../../../wire/ssh/public-key.ts';
import { KEY_AGREEMENTS } from './key-agreement.ts';
import { SshTransport } from './ssh-transport.ts';
import type {
  ClientTransportOptions,
  HostKey,
  HostKeyVerdict,
  ServerTransportOptions,
} from './transport-options.ts';

const { privateKey } = generateKeyPairSync('ed25519');
const HOST_KEY: HostKey = { privateKey, blob: encodePublicKey(privateKey) };
const never = new AbortController().signal;

const SERVER: ServerTransportOptions = {
  role: 'server',
  software: 'Server_1',
  hostKeys: [HOST_KEY],
};
const CLIENT: ClientTransportOptions = {
  role: 'client',
  software: 'Client_1',
  verifyHostKey: () => ({ kind: 'trusted' }),
};

interface Ends {
  readonly client: SshTransport;
  readonly server: SshTransport;
  readonly clientStream: Duplex;
  readonly serverStream: Duplex;
}

async function openBoth(
  clientOptions: Partial<ClientTransportOptions> = {},
  serverOptions: Partial<ServerTransportOptions> = {},
): Promise<Ends> {
  const [clientStream, serverStream] = duplexPair();
  const [client, server] = await Promise.all([
    SshTransport.open(clientStream, { ...CLIENT, ...clientOptions }, never),
    SshTransport.open(serverStream, { ...SERVER, ...serverOptions }, never),
  ]);
  client.setAuthenticated();
  server.setAuthenticated();
  return { client, server, clientStream, serverStream };
}

/** A message that the transport has no part in. */
function message(text: string): Buffer {
  return Buffer.concat([Buffer.of(94), Buffer.from(text)]);
}

/** Texts of messages as they come; `until` resolves when so many have come. */
function collect(transport: SshTransport): {
  texts: string[];
  until: (count: number) => Promise<void>;
} {
  const texts: string[] = [];
  let wake: (() => void) | undefined;
  transport.onMessage((payload) => {
    texts.push(payload.toString('utf8', 1));
    wake?.();
  });
  return {
    texts,
    until: async (count) => {
      while (texts.length < count) {
        const { promise, resolve } = Promise.withResolvers<undefined>();
        wake = () => resolve(undefined);
        await promise;
      }
    },
  };
}

function closed(transport: SshTransport): Promise<Error | undefined> {
  const { promise, resolve } = Promise.withResolvers<Error | undefined>();
  transport.onClose(resolve);
  return promise;
}

describe('SshTransport', () => {
  for (const name of KEY_AGREEMENTS.keys()) {
    it(`opens both roles by ${name}`, async () => {
      const algorithms = { keyExchanges: [name] };
      const { client, server } = await openBoth({ algorithms }, { algorithms });
      assert.deepEqual(client.sessionId, server.sessionId);
      assert(client.sessionId.length >= 32);
      assert(client.isStrict && server.isStrict);
      assert.equal(client.peerIdentification, 'SSH-2.0-Server_1');
      assert.equal(server.peerIdentification, 'SSH-2.0-Client_1');
    });
  }

  it('delivers nothing before somebody listens, and then everything in order', async () => {
    const { client, server } = await openBoth();
    for (const text of ['a', 'b', 'c']) client.send(message(text));
    await new Promise((resolve) => setImmediate(resolve));
    const { texts, until } = collect(server);
    await until(3);
    assert.deepEqual(texts, ['a', 'b', 'c']);
  });

  it('writes what is sent in one turn at once', async () => {
    const { client, clientStream } = await openBoth();
    await new Promise((resolve) => setImmediate(resolve));
    let writes = 0;
    const write = clientStream.write.bind(clientStream);
    clientStream.write = ((...parts: Parameters<typeof write>) => {
      writes += 1;
      return write(...parts);
    }) as typeof clientStream.write;
    for (let index = 0; index < 100; index++) client.send(message('keystroke'));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(writes, 1);
  });

  it('replaces keys over and over in the middle of traffic both ways, losing nothing', async () => {
    const limits = { keysBytesMax: 4_000 };
    const { client, server } = await openBoth({ limits }, { limits: { keysBytesMax: 5_000 } });
    const before = client.sessionId;
    const fromClient = collect(server);
    const fromServer = collect(client);
    const expected = Array.from(
      { length: 600 },
      (_, index) => `${index} ${'x'.repeat(index % 90)}`,
    );
    for (const text of expected) {
      client.send(message(text));
      server.send(message(text));
      if (text.startsWith('3')) await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all([fromClient.until(600), fromServer.until(600)]);
    assert.deepEqual(fromClient.texts, expected);
    assert.deepEqual(fromServer.texts, expected);
    assert.deepEqual(client.sessionId, before);
  });

  it('finishes a key exchange for an owner that is paused, who misses nothing', async () => {
    const limits = { keysBytesMax: 3_000 };
    const { client, server } = await openBoth({ limits });
    const fromServer = collect(client);
    const fromClient = collect(server);
    await new Promise((resolve) => setImmediate(resolve));
    client.pause();
    for (let index = 0; index < 20; index++) server.send(message(`${index} ${'y'.repeat(100)}`));
    for (let index = 0; index < 60; index++) client.send(message(`${index} ${'x'.repeat(100)}`));
    await fromClient.until(60);
    assert.equal(fromServer.texts.length, 0);
    client.resume();
    await fromServer.until(20);
    server.send(message('last'));
    await fromServer.until(21);
    assert.deepEqual(
      fromServer.texts.map((text) => text.split(' ')[0]),
      [...Array.from({ length: 20 }, (_, index) => `${index}`), 'last'],
    );
  });

  it('says when too much waits, and calls when it has gone', async () => {
    const { client, server } = await openBoth({ limits: { highWaterBytes: 100_000 } });
    const drained = Promise.withResolvers<undefined>();
    client.onDrain(() => drained.resolve(undefined));
    let sent = 0;
    do sent += 1;
    while (client.send(message('z'.repeat(10_000))));
    assert(sent > 5 && sent < 20);
    const { until } = collect(server);
    await drained.promise;
    await until(sent);
  });

  it('closes a connection whose peer takes nothing while more and more is sent', async () => {
    const { client } = await openBoth({ limits: { waitingBytesMax: 200_000 } });
    for (let index = 0; index < 50; index++) client.send(message('z'.repeat(10_000)));
    assert.equal(((await closed(client)) as NodeJS.ErrnoException).code, 'ERR_SSH_OVERFLOW');
  });

  it('ends in order when one side disconnects', async () => {
    const { client, server } = await openBoth();
    server.onMessage(() => {});
    client.disconnect(11, 'done');
    assert.deepEqual(await Promise.all([closed(client), closed(server)]), [undefined, undefined]);
  });

  it('says so when the peer disconnects for another reason, or in the middle of a packet', async () => {
    const first = await openBoth();
    first.server.onMessage(() => {});
    first.client.disconnect(2, 'you are wrong');
    assert.match(String(await closed(first.server)), /disconnected for reason 2/);
    const second = await openBoth();
    second.server.onMessage(() => {});
    second.clientStream.end(Buffer.of(0, 0, 0, 48, 1, 2, 3));
    assert.match(String(await closed(second.server)), /the peer left/);
  });

  it('closes when a packet was changed on its way', async () => {
    const { client, clientStream, server } = await openBoth();
    client.onMessage(() => {});
    server.onMessage(() => {});
    const forged = Buffer.alloc(68, 1);
    forged.writeUInt32BE(48);
    clientStream.write(forged);
    assert.equal(((await closed(server)) as NodeJS.ErrnoException).code, 'ERR_SSH_INTEGRITY');
  });

  it('ends the connection when a listener finds a message malformed', async () => {
    const { client, server } = await openBoth();
    client.onMessage(() => {});
    server.onMessage(() => {
      throw new ProtocolError('CHANNEL_DATA', 'ends inside a field');
    });
    client.send(message('x'));
    assert.match(String(await closed(server)), /ends inside a field/);
    assert.match(String(await closed(client)), /reason 2/);
  });

  it('ends the connection alone when a listener fails, and does not tell the peer why', async () => {
    const { client, server } = await openBoth();
    client.onMessage(() => {});
    server.onMessage(() => {
      throw new Error('cannot reach store.internal');
    });
    client.send(message('x'));
    assert.match(String(await closed(server)), /store.internal/);
    assert.equal(await closed(client), undefined);
  });

  it('gives up on a peer that says nothing, half of the line, or no keys', async () => {
    for (const said of ['', 'SSH-2.0-', 'SSH-2.0-Silent\r\n']) {
      const [stream, peer] = duplexPair();
      peer.resume();
      peer.write(said);
      const opening = SshTransport.open(
        stream,
        { ...SERVER, limits: { handshakeMsMax: 20 } },
        never,
      );
      await assert.rejects(opening, { code: 'ERR_SSH_TOO_SLOW' });
    }
  });

  it('gives up on a peer that does not answer in a later key exchange', async () => {
    const limits = { keysBytesMax: 1_000, rekeyMsMax: 20 };
    const { client, serverStream } = await openBoth({ limits });
    client.onMessage(() => {});
    serverStream.removeAllListeners('data').resume();
    client.send(message('x'.repeat(2_000)));
    assert.equal(((await closed(client)) as NodeJS.ErrnoException).code, 'ERR_SSH_TOO_SLOW');
  });

  it('replaces keys that are old with the next message, not on its own', async () => {
    let exchanges = 0;
    const verifyHostKey = (): HostKeyVerdict => {
      exchanges += 1;
      return { kind: 'trusted' };
    };
    const { client, server } = await openBoth({ limits: { keysMsMax: 1 }, verifyHostKey });
    const { until } = collect(server);
    client.onMessage(() => {});
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(exchanges, 1);
    client.send(message('a'));
    client.send(message('b'));
    await until(2);
    assert.equal(exchanges, 2);
  });

  it('stops when it is aborted, before and in the middle', async () => {
    const [stream] = duplexPair();
    await assert.rejects(SshTransport.open(stream, SERVER, AbortSignal.abort()), {
      code: 'ERR_SSH_ABORTED',
    });
    const [other] = duplexPair();
    const abort = new AbortController();
    const opening = SshTransport.open(other, SERVER, abort.signal);
    abort.abort();
    await assert.rejects(opening, { code: 'ERR_SSH_ABORTED' });
  });

  it('fails when the stream fails', async () => {
    const [stream, peer] = duplexPair();
    peer.resume();
    const opening = SshTransport.open(stream, SERVER, never);
    stream.destroy(new Error('unplugged'));
    await assert.rejects(opening, /unplugged/);
  });

  it('tells the client which signatures the server takes, and no server', async () => {
    const { client, server } = await openBoth();
    client.onMessage(() => {});
    server.onMessage(() => {});
    server.send(message('after EXT_INFO'));
    await collect(client).until(1);
    assert(client.serverSignatureAlgorithms?.includes('ssh-ed25519'));
    assert.equal(server.serverSignatureAlgorithms, undefined);
  });
});
