import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import { createSecureContext, type TLSSocket, connect as tlsConnect } from 'node:tls';
import { encodeCancelRequest } from '../../wire/postgres/cancel-request.ts';
import { encodeSslRequest } from '../../wire/postgres/ssl-request.ts';
import { encodeStartupMessage } from '../../wire/postgres/startup-message.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import { acceptDownstream, type DownstreamOptions, type Opening } from './downstream.ts';

/** Encrypted without a certificate, which would have to be made first. */
const ANONYMOUS = { ciphers: 'AECDH-AES128-SHA:@SECLEVEL=0', maxVersion: 'TLSv1.2' } as const;
const STARTUP = encodeStartupMessage(new Map([['user', 'alice']]));
const GSSENC_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x30]);

interface Connection {
  readonly client: Socket;
  readonly server: Socket;
  readonly opening: Promise<Opening>;
  readonly late: AbortController;
}

let listener: Server;
const sockets: Socket[] = [];

async function open(tlsMode: DownstreamOptions['tlsMode']): Promise<Connection> {
  const { port } = listener.address() as { port: number };
  const accepted = once(listener, 'connection') as Promise<[Socket]>;
  const client = connect({ host: '127.0.0.1', port });
  const [[server]] = await Promise.all([accepted, once(client, 'connect')]);
  sockets.push(client, server);
  for (const socket of [client, server]) socket.on('error', () => undefined);
  const late = new AbortController();
  const secureContext = () => createSecureContext(ANONYMOUS);
  const opening = acceptDownstream(server, { tlsMode, secureContext }, late.signal);
  opening.catch(() => undefined);
  return { client, server, opening, late };
}

async function read(socket: Socket, size: number): Promise<Buffer> {
  for (;;) {
    const bytes = socket.read(size) as Buffer | null;
    if (bytes?.length === size) return bytes;
    await once(socket, 'readable');
  }
}

function secure(socket: Socket, ALPNProtocols: readonly string[] = []): TLSSocket {
  const secured = tlsConnect({
    socket,
    ...ANONYMOUS,
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    ALPNProtocols: [...ALPNProtocols],
  });
  secured.on('error', () => undefined);
  sockets.push(secured);
  return secured;
}

async function startupOf(opening: Promise<Opening>): Promise<[string | undefined, boolean]> {
  const opened = await opening;
  assert(opened.kind === 'startup', opened.kind);
  return [opened.startup.parameters.get('user'), opened.downstream.isEncrypted];
}

async function errorOf(client: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  client.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(client, 'end');
  return Buffer.concat(chunks).toString();
}

function matches(message: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof ProtocolError && message.test(error.message);
}

describe('acceptDownstream', () => {
  before(async () => {
    listener = createServer({ pauseOnConnect: true, allowHalfOpen: true });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });
  after(() => listener.close());

  it('encrypts when it is asked to', async () => {
    const { client, opening } = await open('required');
    client.write(encodeSslRequest());
    assert.equal((await read(client, 1)).toString(), 'S');
    secure(client).write(STARTUP);
    assert.deepEqual(await startupOf(opening), ['alice', true]);
  });

  it('refuses unencrypted bytes sent behind the request for encryption', async () => {
    const { client, opening } = await open('required');
    client.write(Buffer.concat([encodeSslRequest(), STARTUP]));
    await assert.rejects(opening, matches(/followed by unencrypted bytes/));
    assert.equal(client.bytesRead, 0);
  });

  it('encrypts at once for a client that begins so and names the protocol', async () => {
    const { client, opening } = await open('required');
    secure(client, ['postgresql']).write(STARTUP);
    assert.deepEqual(await startupOf(opening), ['alice', true]);
  });

  it('refuses direct TLS that does not name the protocol, or names another', async () => {
    for (const protocols of [[], ['h2']]) {
      const { client, opening } = await open('optional');
      secure(client, protocols).write(STARTUP);
      await assert.rejects(opening, matches(/TLS handshake/));
    }
  });

  it('refuses a second request for encryption under TLS, and goes on', async () => {
    const { client, opening } = await open('required');
    const secured = secure(client, ['postgresql']);
    secured.write(encodeSslRequest());
    assert.equal((await read(secured, 1)).toString(), 'N');
    secured.write(STARTUP);
    assert.deepEqual(await startupOf(opening), ['alice', true]);
  });

  it('tells a client that does not encrypt to do so', async () => {
    const { client, opening } = await open('required');
    const told = errorOf(client);
    client.write(STARTUP);
    assert.deepEqual(await opening, { kind: 'refused' });
    assert.match(await told, /28000.*encrypted connections only.*sslmode=verify-full/s);
  });

  it('takes clients as they are where encryption is optional', async () => {
    const { client, opening } = await open('optional');
    client.write(STARTUP);
    assert.deepEqual(await startupOf(opening), ['alice', false]);
  });

  it('says no to any encryption where it is disabled', async () => {
    const { client, opening } = await open('disabled');
    client.write(encodeSslRequest());
    assert.equal((await read(client, 1)).toString(), 'N');
    client.write(GSSENC_REQUEST);
    assert.equal((await read(client, 1)).toString(), 'N');
    client.write(STARTUP);
    assert.deepEqual(await startupOf(opening), ['alice', false]);
  });

  it('ends a client that asks for encryption without end', async () => {
    const { client, opening } = await open('required');
    client.write(Buffer.concat([GSSENC_REQUEST, GSSENC_REQUEST, GSSENC_REQUEST]));
    await assert.rejects(opening, matches(/too many requests/));
  });

  it('takes a startup message in the smallest pieces', async () => {
    const { client, opening } = await open('optional');
    client.setNoDelay(true);
    for (const byte of STARTUP) {
      client.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    assert.deepEqual(await startupOf(opening), ['alice', false]);
  });

  it('leaves what follows the startup message to be read', async () => {
    const { client, opening } = await open('optional');
    client.write(Buffer.concat([STARTUP, Buffer.from('rest')]));
    const opened = await opening;
    assert(opened.kind === 'startup');
    assert.equal((await read(opened.downstream.socket, 4)).toString(), 'rest');
  });

  it('hands a cancel request over', async () => {
    const { client, opening } = await open('required');
    client.write(encodeCancelRequest(7, Buffer.from([1, 2, 3, 4])));
    const opened = await opening;
    assert(opened.kind === 'cancel');
    assert.equal(opened.request.processId, 7);
  });

  it('says which versions it speaks', async () => {
    const { client, opening } = await open('optional');
    const told = errorOf(client);
    client.write(Buffer.from([0, 0, 0, 8, 0, 2, 0, 0]));
    assert.deepEqual(await opening, { kind: 'refused' });
    assert.match(await told, /0A000.*protocol 2/s);
  });

  it('tells a client why its startup message cannot be read', async () => {
    const unreadable = Buffer.from(STARTUP);
    unreadable[unreadable.indexOf('alice')] = 0xe9;
    for (const encrypted of [false, true]) {
      const { client, server, opening } = await open('optional');
      const asking = encrypted ? secure(client, ['postgresql']) : client;
      const told = errorOf(asking);
      asking.write(unreadable);
      await assert.rejects(opening, matches(/not UTF-8/));
      server.destroySoon();
      assert.match(await told, /FATAL.*08P01.*Cannot decode StartupMessage.*not UTF-8/s);
    }
  });

  it('refuses lengths that no startup packet has', async () => {
    for (const length of [0, 7, 0x7fffffff, 0xffffffff]) {
      const { client, opening } = await open('optional');
      const header = Buffer.alloc(4);
      header.writeUInt32BE(length);
      client.write(header);
      await assert.rejects(opening, ProtocolError);
    }
  });

  it('stops waiting when the client goes away, wherever that is', async () => {
    for (let size = 0; size < STARTUP.length; size += 3) {
      const { client, opening } = await open('optional');
      client.end(STARTUP.subarray(0, size));
      await assert.rejects(opening, matches(/the client went away/));
    }
  });

  it('stops waiting at the deadline, and leaves no listener behind', async () => {
    for (const sent of [Buffer.alloc(0), STARTUP.subarray(0, 2), STARTUP.subarray(0, 9)]) {
      const { client, server, opening, late } = await open('optional');
      const before = ['readable', 'end', 'close', 'error'].map((event) =>
        server.listenerCount(event),
      );
      client.write(sent);
      await new Promise(setImmediate);
      late.abort();
      await assert.rejects(opening, matches(/not completed in time/));
      const after = ['readable', 'end', 'close', 'error'].map((event) =>
        server.listenerCount(event),
      );
      assert.ok(after.every((count, index) => count <= (before[index] ?? 0)));
    }
  });

  it('stops waiting for a TLS handshake at the deadline', async () => {
    const { client, opening, late } = await open('required');
    client.write(encodeSslRequest());
    await read(client, 1);
    late.abort();
    await assert.rejects(opening, matches(/TLS handshake/));
  });
});
