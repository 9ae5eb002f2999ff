import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../../../wire/protocol-error.ts';
import { encodeDebug } from '../../../wire/ssh/debug.ts';
import { DisconnectReason, decodeDisconnect } from '../../../wire/ssh/disconnect.ts';
import { encodeIgnore } from '../../../wire/ssh/ignore.ts';
import { encodeKexEcdhInit } from '../../../wire/ssh/kex-ecdh-init.ts';
import type { KexInit } from '../../../wire/ssh/kexinit.ts';
import { MessageNumber } from '../../../wire/ssh/message-number.ts';
import { encodeNewKeys } from '../../../wire/ssh/new-keys.ts';
import { encodePublicKey } from '../../../wire/ssh/public-key.ts';
import { encodeServiceRequest } from '../../../wire/ssh/service-request.ts';
import { decodeUnimplemented, encodeUnimplemented } from '../../../wire/ssh/unimplemented.ts';
import { KEY_AGREEMENTS } from './key-agreement.ts';
import { makeKexInit, RawPeer } from './raw-peer.fixture.ts';
import { SshTransport } from './ssh-transport.ts';
import { TransportError } from './transport-error.ts';
import type { ServerTransportOptions, TransportLimits } from './transport-options.ts';

const { privateKey } = generateKeyPairSync('ed25519');
const SERVER: ServerTransportOptions = {
  role: 'server',
  software: 'Server_1',
  hostKeys: [{ privateKey, blob: encodePublicKey(privateKey) }],
};
const never = new AbortController().signal;

/** What has no marker of strict key exchange. */
const NOT_STRICT: Partial<KexInit> = { keyExchanges: ['curve25519-sha256'] };

function clientValue(): Buffer {
  const agreement = KEY_AGREEMENTS.get('curve25519-sha256');
  assert(agreement !== undefined);
  return encodeKexEcdhInit(agreement.begin().publicValue);
}

/** Lets a client say all that, and returns why the server ended it. Fails if it did not. */
async function refusalOf(...said: readonly Buffer[]): Promise<Error> {
  const peer = new RawPeer();
  const opening = SshTransport.open(peer.otherEnd, SERVER, never);
  peer.identify();
  peer.send(...said);
  peer.stream.once('end', () => peer.stream.end());
  const error = await opening.then(
    () => assert.fail('was let in'),
    (reason: unknown) => reason as Error,
  );
  await new Promise((resolve) => setImmediate(resolve));
  const last = peer.messages.at(-1);
  if (last?.[0] === MessageNumber.Disconnect) {
    assert.notEqual(decodeDisconnect(last).reason, DisconnectReason.MacError);
  }
  return error;
}

/** Lets a client say all that, and returns the numbers of the server's answers. */
async function answersTo(...said: readonly Buffer[]): Promise<(number | undefined)[]> {
  const peer = new RawPeer();
  const opening = SshTransport.open(peer.otherEnd, SERVER, never);
  opening.catch(() => {});
  peer.identify();
  peer.send(...said);
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  const numbers = peer.messages.map((message) => message[0]);
  peer.stream.destroy();
  return numbers;
}

const { KexInit, KexEcdhReply, NewKeys } = MessageNumber;

describe('a strict peer', () => {
  it('is let through when it keeps to the rules', async () => {
    assert.deepEqual((await answersTo(makeKexInit(), clientValue())).slice(0, 3), [
      KexInit,
      KexEcdhReply,
      NewKeys,
    ]);
  });

  for (const [name, extra] of [
    ['IGNORE', encodeIgnore(Buffer.alloc(4))],
    ['DEBUG', encodeDebug({ alwaysDisplay: false, text: '' })],
    ['UNIMPLEMENTED', encodeUnimplemented(0)],
  ] as const) {
    it(`is refused when ${name} was put in before KEXINIT, as Terrapin does`, async () => {
      assert((await refusalOf(extra, makeKexInit())) instanceof ProtocolError);
    });

    it(`is refused when ${name} was put in during the exchange`, async () => {
      assert((await refusalOf(makeKexInit(), extra, clientValue())) instanceof ProtocolError);
      assert((await refusalOf(makeKexInit(), clientValue(), extra)) instanceof ProtocolError);
    });
  }
});

describe('a peer that is not strict', () => {
  it('may send IGNORE in between, a few times', async () => {
    const ignore = encodeIgnore(Buffer.alloc(4));
    const numbers = await answersTo(ignore, makeKexInit(NOT_STRICT), ignore, clientValue());
    assert.deepEqual(numbers.slice(0, 3), [KexInit, KexEcdhReply, NewKeys]);
  });

  it('is refused when floods of such messages come', async () => {
    for (const extra of [encodeIgnore(Buffer.alloc(4)), encodeUnimplemented(1)]) {
      const flood = Array.from({ length: 33 }, () => extra);
      assert((await refusalOf(...flood)) instanceof ProtocolError);
    }
  });

  it('is refused a MAC over the encrypted packet, with which Terrapin goes unseen', async () => {
    const macs = ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-256'];
    const changes = { ...NOT_STRICT, ciphersToServer: ['aes128-ctr'], macsToServer: macs };
    const error = await refusalOf(makeKexInit(changes));
    assert(error instanceof TransportError && error.code === 'ERR_SSH_NO_COMMON_ALGORITHM');
  });

  it('may use a MAC over what is in the packet, or GCM', async () => {
    const plain = {
      ciphersToServer: ['aes128-ctr'],
      ciphersToClient: ['aes256-gcm@openssh.com'],
      macsToServer: ['hmac-sha2-512'],
      macsToClient: ['hmac-sha2-512-etm@openssh.com'],
    };
    const numbers = await answersTo(makeKexInit({ ...NOT_STRICT, ...plain }), clientValue());
    assert.deepEqual(numbers.slice(0, 3), [KexInit, KexEcdhReply, NewKeys]);
  });
});

describe('a guess of the first message', () => {
  it('is used when it is right', async () => {
    const changes = {
      keyExchanges: ['mlkem768x25519-sha256', 'kex-strict-c-v00@openssh.com'],
      firstKexPacketFollows: true,
    };
    const agreement = KEY_AGREEMENTS.get('mlkem768x25519-sha256');
    assert(agreement !== undefined);
    const value = encodeKexEcdhInit(agreement.begin().publicValue);
    const numbers = await answersTo(makeKexInit(changes), value);
    assert.deepEqual(numbers.slice(0, 3), [KexInit, KexEcdhReply, NewKeys]);
  });

  it('is passed over when it is wrong, once', async () => {
    const changes = { firstKexPacketFollows: true };
    const wrong = encodeKexEcdhInit(Buffer.from('of a method that was not agreed on'));
    const numbers = await answersTo(makeKexInit(changes), wrong, clientValue());
    assert.deepEqual(numbers.slice(0, 3), [KexInit, KexEcdhReply, NewKeys]);
    assert((await refusalOf(makeKexInit(changes), wrong, wrong)) instanceof ProtocolError);
  });
});

describe('a peer out of order', () => {
  it('is refused whatever it sends first but KEXINIT', async () => {
    for (const first of [
      clientValue(),
      encodeNewKeys(),
      encodeServiceRequest('ssh-userauth'),
      Buffer.of(MessageNumber.UserauthRequest),
      Buffer.of(MessageNumber.ChannelOpen),
      Buffer.of(MessageNumber.ExtInfo, 0, 0, 0, 0),
      Buffer.of(MessageNumber.Ping, 0, 0, 0, 0),
      Buffer.of(8),
      Buffer.of(255),
    ]) {
      assert((await refusalOf(first)) instanceof ProtocolError, `message ${first[0]}`);
    }
  });

  it('is refused when it repeats or leaves out a step', async () => {
    for (const said of [
      [makeKexInit(), makeKexInit()],
      [makeKexInit(), encodeNewKeys()],
      [makeKexInit(), clientValue(), clientValue()],
      [makeKexInit(), clientValue(), makeKexInit()],
      [makeKexInit(), clientValue(), encodeServiceRequest('ssh-userauth')],
      [makeKexInit(), Buffer.of(KexEcdhReply)],
      [makeKexInit(), Buffer.of(49)],
    ]) {
      assert((await refusalOf(...said)) instanceof ProtocolError);
    }
  });

  it('is refused when bytes follow that are not encrypted although NEWKEYS came', async () => {
    const said = [makeKexInit(), clientValue(), encodeNewKeys(), encodeServiceRequest('x')];
    const peer = new RawPeer();
    const opening = SshTransport.open(peer.otherEnd, SERVER, never);
    peer.identify();
    peer.send(...said);
    const transport = await opening;
    const { promise, resolve } = Promise.withResolvers<Error | undefined>();
    transport.onClose(resolve);
    transport.onMessage(() => assert.fail('took what nobody sealed'));
    peer.stream.once('end', () => peer.stream.end());
    assert(isRefusal(await promise));
  });

  it('is refused key exchanges before the user is known', async () => {
    const { client, server } = await openPair();
    server.onMessage(() => {});
    client.setAuthenticated();
    const { promise, resolve } = Promise.withResolvers<Error | undefined>();
    server.onClose(resolve);
    client.send(Buffer.alloc(2_000, 94));
    client.onMessage(() => {});
    assert.match(String(await promise), /before the user is known/);
  });
});

describe('a malformed KEXINIT', () => {
  it('is refused when cut at any byte, longer, or with lists that match nothing', async () => {
    const whole = makeKexInit();
    for (let end = 1; end < whole.length; end += 7) {
      assert((await refusalOf(whole.subarray(0, end))) instanceof ProtocolError);
    }
    assert((await refusalOf(Buffer.concat([whole, Buffer.of(0)]))) instanceof ProtocolError);
    for (const changes of [
      { keyExchanges: ['kex-strict-c-v00@openssh.com'] },
      { keyExchanges: ['ext-info-s', 'kex-strict-s-v00@openssh.com'] },
      { hostKeys: ['ssh-rsa'] },
      { ciphersToServer: [] },
      { ciphersToClient: ['none'] },
      { ciphersToClient: ['aes128-cbc'] },
      { ciphersToClient: ['aes128-ctr'], macsToClient: ['none'] },
      { compressionsToServer: ['zlib'] },
    ]) {
      assert(isRefusal(await refusalOf(makeKexInit(changes))));
    }
  });

  it('ends nothing but its own connection, whatever it holds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const random = Buffer.concat([Buffer.of(KexInit), bytes]);
        assert(isRefusal(await refusalOf(random)));
      }),
      { numRuns: 30 },
    );
  });
});

describe('a known user', () => {
  it('may send thousands of messages that mean nothing, and not more and more', async () => {
    const { client, server } = await openPair();
    server.setAuthenticated();
    client.setAuthenticated();
    client.onMessage(() => {});
    let pings = 0;
    server.onMessage(() => {
      pings += 1;
    });
    const { promise, resolve } = Promise.withResolvers<Error | undefined>();
    server.onClose(resolve);
    const ignore = encodeIgnore(Buffer.alloc(0));
    for (let index = 0; index < 4_000; index++) client.send(ignore);
    client.send(Buffer.of(94));
    while (pings === 0) await new Promise((again) => setImmediate(again));
    for (let index = 0; index < 10_000; index++) client.send(ignore);
    assert.match(String(await promise), /mean nothing/);
  });

  it('may replace keys hundreds of times in a row, and not more and more', async () => {
    const { client, server } = await openPair({ keysBytesMax: 1 });
    server.setAuthenticated();
    client.setAuthenticated();
    server.onMessage(() => {});
    client.onMessage(() => {});
    const { promise, resolve } = Promise.withResolvers<Error | undefined>();
    server.onClose(resolve);
    let isClosed = false;
    client.onClose(() => {
      isClosed = true;
    });
    while (!isClosed) {
      client.send(Buffer.of(94));
      await new Promise((again) => setImmediate(again));
    }
    assert.match(String(await promise), /KEXINIT: sent again and again/);
  });

  it('has no more than so long to finish a key exchange that it began', async () => {
    const limits = { rekeyMsMax: 20 };
    const { client, server, clientStream } = await openPair({ keysBytesMax: 1 }, limits);
    server.setAuthenticated();
    client.setAuthenticated();
    server.onMessage(() => {});
    const { promise, resolve } = Promise.withResolvers<Error | undefined>();
    server.onClose(resolve);
    client.send(Buffer.of(94));
    clientStream.removeAllListeners('data').resume();
    assert.match(String(await promise), /Cannot finish key exchange: out of time/);
  });

  it('is told what is not implemented', async () => {
    const { client, server } = await openPair();
    server.setAuthenticated();
    server.onMessage(() => server.sendUnimplemented());
    const answered = Promise.withResolvers<Error | undefined>();
    client.onMessage(() => assert.fail('UNIMPLEMENTED is for the transport'));
    client.onClose(answered.resolve);
    client.send(Buffer.of(8));
    client.send(Buffer.of(200));
    client.disconnect(DisconnectReason.ByApplication, 'done');
    assert.equal(await answered.promise, undefined);
  });

  it('is told by the number of its packet, however long that was kept', async () => {
    const { client, server } = await openPair({}, { keysBytesMax: 1 });
    client.setAuthenticated();
    const answers = watchSent(server, MessageNumber.Unimplemented);
    server.onMessage(() => server.sendUnimplemented());
    await new Promise((resolve) => setImmediate(resolve));
    server.pause();
    server.setAuthenticated();
    // New keys from here on; the client does not know yet.
    server.send(Buffer.of(200));
    client.send(Buffer.of(201));
    client.send(Buffer.of(202));
    client.onMessage(() => server.resume());
    while (answers.length < 2) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(answers.map(decodeUnimplemented), [0, 1]);
  });
});

/** Messages of one number that a transport is told to send. */
function watchSent(transport: SshTransport, number: number): readonly Buffer[] {
  const sent: Buffer[] = [];
  const send = transport.send.bind(transport);
  transport.send = (head, data) => {
    if (head[0] === number) sent.push(Buffer.from(head));
    return send(head, data);
  };
  return sent;
}

async function openPair(
  limits: Partial<TransportLimits> = { keysBytesMax: 1_000 },
  serverLimits: Partial<TransportLimits> = {},
): Promise<{ client: SshTransport; server: SshTransport; clientStream: Duplex }> {
  const peer = new RawPeer();
  peer.stream.removeAllListeners('data');
  const verifyHostKey = (): { kind: 'trusted' } => ({ kind: 'trusted' });
  const [client, server] = await Promise.all([
    SshTransport.open(peer.stream, { role: 'client', software: 'C', limits, verifyHostKey }, never),
    SshTransport.open(peer.otherEnd, { ...SERVER, limits: serverLimits }, never),
  ]);
  return { client, server, clientStream: peer.stream };
}

function isRefusal(error: unknown): boolean {
  return error instanceof TransportError || error instanceof ProtocolError;
}
