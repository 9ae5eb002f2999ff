import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import type { Side } from '../e2e/environment.ts';
import { message, query, SSL_REQUEST, signIn, startupMessage } from '../e2e/raw-connection.ts';
import { startFakePostgres } from '../faults/fake-postgres.ts';
import { startGatewayStack } from '../faults/gateway-stack.ts';
import { countOpenFiles, settledResidentKib } from '../faults/process-status.ts';

/** Sign-ins that run at once. */
const CONCURRENT = 64;
/** An address has some 28 000 ephemeral ports towards one listener; three are enough for any of this. */
const CLIENT_ADDRESSES = ['127.0.0.2', '127.0.0.3', '127.0.0.4'];
const READY_FOR_QUERY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);
const PASSWORD_REQUEST = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]);
/** Sessions before the measurement: code and caches that the first ones bring in are not theirs. */
const WARM_UP = 200;
/** Idle sessions leave garbage of their sign-in behind, which the collector takes when it has time. */
const IDLE_MS = 45_000;

/** Opens idle sessions in one gateway process and prints what each of them costs. */
export async function measureIdleSessions(sessions: number, withTls: boolean): Promise<void> {
  await using target = await startFakePostgres();
  for (const recording of [true, false]) {
    await using stack = await startGatewayStack({
      targetPort: target.port,
      tlsMode: withTls ? 'required' : 'disabled',
      gateway: [
        [
          ['limits'],
          { connectionsMax: sessions + 1_000, connectionsPerPrincipalMax: sessions + 1_000 },
        ],
      ],
      target: [[['recording'], { enabled: recording }]],
    });
    const { pid } = stack.gateway();
    const side = stack.side();
    const sockets = await openMany(side, WARM_UP, 0);
    const before = await settledResidentKib(pid);
    const startedAt = performance.now();
    const half = Math.ceil(sessions / 2);
    sockets.push(...(await openMany(side, half - WARM_UP, WARM_UP)));
    const atHalf = await settledResidentKib(pid);
    sockets.push(...(await openMany(side, sessions - half, half)));
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    const atOnce = await settledResidentKib(pid);
    await delay(IDLE_MS);
    const after = await settledResidentKib(pid);

    const handshakeStartedAt = performance.now();
    using one = await signIn(side);
    const handshakeMs = Math.round(performance.now() - handshakeStartedAt);
    one.send(query('SELECT 1'));
    await one.messagesUntil('Z');
    console.log(
      JSON.stringify({
        sessions: sockets.length,
        tls: withTls,
        recording,
        kibPerSession: Number(((after - before) / (sessions - WARM_UP)).toFixed(2)),
        // Without what the process takes once for many sign-ins at a time, V8's young generation above all.
        kibPerFurtherSession: Number(((after - atHalf) / (sessions - half)).toFixed(2)),
        residentKib: { before, atHalf, atOnce, after },
        openFiles: countOpenFiles(pid),
        openedInSeconds: Number(seconds),
        newHandshakeMs: handshakeMs,
      }),
    );
    for (const socket of sockets) socket.destroy();
  }
}

async function openMany(side: Side, count: number, first: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  let next = first;
  const worker = async (): Promise<void> => {
    while (next < first + count) sockets.push(await openIdle(side, next++));
  };
  await Promise.all(Array.from({ length: CONCURRENT }, worker));
  return sockets;
}

/** Signs in, runs one statement and stays. Holds as little as it can itself. */
async function openIdle(side: Side, index: number): Promise<Socket> {
  const localAddress = CLIENT_ADDRESSES[index % CLIENT_ADDRESSES.length] as string;
  let socket: Socket = connect({ host: '127.0.0.1', port: side.port, localAddress });
  if (side.authorityFile !== undefined) {
    socket.write(SSL_REQUEST);
    await new Promise((resolve, reject) => socket.once('readable', resolve).once('error', reject));
    socket.read(1);
    const ca = [readFileSync(side.authorityFile)];
    socket = connectTls({ socket, ca, servername: 'localhost' });
  }
  socket.write(startupMessage(side));
  await receive(socket, PASSWORD_REQUEST);
  socket.write(message('p', side.password));
  await receive(socket, READY_FOR_QUERY);
  socket.write(query('SELECT 1'));
  await receive(socket, READY_FOR_QUERY);
  return socket;
}

/** Waits for an answer that ends with `ending`. */
function receive(socket: Socket, ending: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      if (!received.subarray(-ending.length).equals(ending)) return;
      socket.off('data', onData);
      socket.off('close', onClose);
      resolve();
    };
    const onClose = (): void => reject(new Error(`Cannot sign in: ${received.toString('latin1')}`));
    socket.on('data', onData);
    socket.on('close', onClose);
    socket.once('error', () => undefined);
  });
}
