import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { encodeCancelRequest } from '../../src/wire/postgres/cancel-request.ts';
import { type FakePostgres, startFakePostgres } from '../faults/fake-postgres.ts';
import { type GatewayStack, startGatewayStack } from '../faults/gateway-stack.ts';
import { becomes, countOpenFiles, readResidentKib } from '../faults/process-status.ts';
import {
  errorFields,
  message,
  openSocket,
  query,
  SSL_REQUEST,
  signIn,
  startupMessage,
} from './raw-connection.ts';

/** Of the gateway under test; the default is ten. */
const HANDSHAKE_TIMEOUT_MS = 3_000;
/** Until what a deadline freed is really gone. */
const RELEASE_MS_MAX = HANDSHAKE_TIMEOUT_MS + 10_000;
/** Files that a busy gateway opens for itself meanwhile. */
const FILES_TOLERANCE = 10;
const MASS = 1_000;
const FILES_MIN = 20;

describe('a hostile connection', () => {
  let server: FakePostgres;
  let stack: GatewayStack;
  let filesBefore: number;
  const hostile: Socket[] = [];

  before(async () => {
    server = await startFakePostgres();
    stack = await startGatewayStack({
      targetPort: server.port,
      tlsMode: 'required',
      gateway: [[['limits'], { handshakeTimeout: `${HANDSHAKE_TIMEOUT_MS / 1000}s` }]],
    });
    await signInAndAsk();
    filesBefore = countOpenFiles(stack.gateway().pid);
    assert(filesBefore > FILES_MIN);
  });

  afterEach(() => {
    for (const socket of hostile.splice(0)) socket.destroy();
  });

  after(async () => {
    await stack[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  /** What everybody else does meanwhile. The helpers below give it 15 s at most. */
  async function signInAndAsk(): Promise<void> {
    using connection = await signIn(stack.side());
    connection.send(query('SELECT 1'));
    await connection.messagesUntil('Z');
  }

  /** Opens sockets that say `opening` and then nothing. */
  async function openHostile(count: number, opening: Buffer): Promise<void> {
    const { port } = stack.gateway().postgres;
    for (let index = 0; index < count; index++) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.resume();
      if (opening.length > 0) socket.write(opening);
      hostile.push(socket);
    }
    await becomes(() => hostile.every(({ connecting }) => !connecting), 10_000);
  }

  /** They are shut out at their deadline, and nothing of them stays. */
  async function expectRelease(): Promise<void> {
    const { pid } = stack.gateway();
    const limit = filesBefore + FILES_TOLERANCE;
    assert(
      await becomes(() => countOpenFiles(pid) <= limit, RELEASE_MS_MAX),
      `${countOpenFiles(pid)} files are open, ${filesBefore} were before`,
    );
    assert.doesNotMatch(stack.gateway().log(), /MaxListenersExceeded|"event":"error"/);
  }

  const startup = (): Buffer => startupMessage(stack.side());

  for (const [what, opening] of [
    ['says nothing', Buffer.alloc(0)],
    ['says half of a length', Buffer.from('0000', 'hex')],
    ['asks for TLS and then says nothing', SSL_REQUEST],
    ['begins a TLS handshake and then says nothing', Buffer.from('160301020001', 'hex')],
  ] as const) {
    it(`delays nobody when it ${what}, ${MASS} times`, async () => {
      await openHostile(MASS, opening);
      await signInAndAsk();
      await expectRelease();
      await signInAndAsk();
    });
  }

  it('delays nobody when it sends its startup message byte by byte', async () => {
    await openHostile(50, Buffer.alloc(0));
    let offset = 0;
    // Shorter than it says, so that no byte is the last.
    const packet = Buffer.concat([
      Buffer.from('0000270000030000', 'hex'),
      Buffer.alloc(9_000, 'u'),
    ]);
    const drip = setInterval(() => {
      for (const socket of hostile) socket.write(packet.subarray(offset, offset + 1));
      offset += 1;
    }, 5);
    try {
      await signInAndAsk();
      await expectRelease();
    } finally {
      clearInterval(drip);
    }
  });

  it('is shut out at once when it sends plain text where TLS is required', async () => {
    using connection = await openSocket(stack.side());
    connection.send(startup());
    const refusal = await connection.message();
    assert.equal(errorFields(refusal.body)['C'], '28000');
    await connection.untilClosed();
  });

  it('gets nothing for a startup message right behind its SSLRequest', async () => {
    using connection = await openSocket(stack.side());
    connection.send(SSL_REQUEST, startup(), message('p', stack.side().password));
    const heard = await connection.untilClosed();
    assert(heard.length <= 1, `the gateway answered ${heard.toString('latin1')}`);
  });

  it('gets nothing for plain text after the gateway agreed on TLS', async () => {
    using connection = await openSocket(stack.side());
    connection.send(SSL_REQUEST);
    assert.equal((await connection.bytes(1)).toString(), 'S');
    connection.send(startup(), message('p', stack.side().password));
    const heard = await connection.untilClosed();
    assert(!heard.includes('28000') && !heard.includes('SELECT'));
  });

  for (const [what, bytes] of [
    ['a length of 0', Buffer.from('00000000', 'hex')],
    ['a length of 3', Buffer.from('0000000300', 'hex')],
    ['a length of 2 GiB', Buffer.from('7fffffff00030000', 'hex')],
    ['a negative length', Buffer.from('ffffffff00030000', 'hex')],
    ['a startup packet of 10 MB', Buffer.from('0098968000030000', 'hex')],
    ['protocol 2', Buffer.from('0000000800020000', 'hex')],
    ['SSLRequest three times', Buffer.concat([SSL_REQUEST, SSL_REQUEST, SSL_REQUEST])],
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: gateway\r\n\r\n')],
    ['an SSH greeting', Buffer.from('SSH-2.0-OpenSSH_9.2p1\r\n')],
  ] as const) {
    it(`is closed without waiting for its deadline at ${what}`, async () => {
      using connection = await openSocket(stack.side());
      const startedAt = performance.now();
      connection.send(bytes);
      await connection.untilClosed();
      assert(performance.now() - startedAt < HANDSHAKE_TIMEOUT_MS, 'only the deadline closed it');
    });
  }

  it('cannot stop the gateway with random bytes', async () => {
    for (let round = 0; round < 200; round++) {
      await openHostile(1, randomBytes(randomInt(1, 400)));
    }
    await signInAndAsk();
    await expectRelease();
  });

  it('cancels nothing by guessing keys, and is not worth waiting for', async () => {
    using victim = await signIn(stack.side());
    const { port } = stack.gateway().postgres;
    let next = 0;
    const flood = async (): Promise<void> => {
      while (next < MASS) {
        const processId = next++;
        const socket = connect(port, '127.0.0.1');
        socket.on('error', () => undefined).resume();
        socket.end(
          encodeCancelRequest(
            processId % 2 === 0 ? processId : randomInt(2 ** 31 - 1),
            randomBytes(4),
          ),
        );
        await new Promise((resolve) => socket.once('close', resolve));
      }
    };
    const flooding = Promise.all(Array.from({ length: 16 }, flood));
    await signInAndAsk();
    await flooding;
    victim.send(query('SELECT 1'));
    const answer = await victim.messagesUntil('Z');
    assert(!answer.some(({ type }) => type === 'E'));
    victim.socket.destroy();
    await expectRelease();
  });

  it('costs no memory with a message that it never completes', async () => {
    const { pid } = stack.gateway();
    const before = readResidentKib(pid);
    const connections = await Promise.all(Array.from({ length: 20 }, () => signIn(stack.side())));
    // A statement of 60 MB, of which only the beginning ever comes.
    for (const connection of connections)
      connection.send(Buffer.from('5103938700', 'hex'), Buffer.alloc(1_000, ' '));
    await delay(1_000);
    const grown = readResidentKib(pid) - before;
    for (const { socket } of connections) socket.destroy();
    assert(grown < 200 * 1024, `20 headers made the gateway grow by ${grown} KiB`);
    await signInAndAsk();
    await expectRelease();
  });
});
