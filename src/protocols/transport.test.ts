import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import { openTransport, type Peer, type Transport, type TransportOwner } from './transport.ts';

/** What a transport told its owner. */
class Heard implements TransportOwner {
  readonly chunks: Buffer[] = [];
  isEnded = false;
  closings: (Error | undefined)[] = [];
  drains = 0;
  #wake: (() => void)[] = [];

  get text(): string {
    return Buffer.concat(this.chunks).toString('latin1');
  }

  received(from: Peer, buffer: Buffer, start: number, end: number): void {
    assert.equal(from, 'client');
    this.chunks.push(Buffer.from(buffer.subarray(start, end)));
    this.#changed();
  }

  drained(): void {
    this.drains += 1;
    this.#changed();
  }

  ended(): void {
    this.isEnded = true;
    this.#changed();
  }

  closed(_: Peer, error: Error | undefined): void {
    this.closings.push(error);
    this.#changed();
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await new Promise<void>((resolve) => {
        this.#wake.push(resolve);
      });
    }
  }

  #changed(): void {
    for (const resolve of this.#wake.splice(0)) resolve();
  }
}

interface Ends {
  readonly peer: Socket;
  readonly transport: Transport;
  readonly heard: Heard;
}

let listener: Server;
const sockets: Socket[] = [];

/** Two ends of a loopback connection; ours is taken over once `before` is done. */
async function openEnds(before?: (peer: Socket, socket: Socket) => Promise<void>): Promise<Ends> {
  const { port } = listener.address() as { port: number };
  const accepted = once(listener, 'connection') as Promise<[Socket]>;
  const peer = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  const [[socket]] = await Promise.all([accepted, once(peer, 'connect')]);
  sockets.push(peer, socket);
  peer.on('error', () => undefined);
  await before?.(peer, socket);
  const heard = new Heard();
  const transport = openTransport(socket, 'client', heard);
  return { peer, transport, heard };
}

function write(transport: Transport, text: string): void {
  const bytes = Buffer.from(text, 'latin1');
  transport.write(bytes, 0, bytes.length);
}

async function turns(): Promise<void> {
  for (let count = 0; count < 10; count++) await new Promise(setImmediate);
}

/** Has the socket read what the peer sent, and keep it. */
async function queue(peer: Socket, socket: Socket, text: string): Promise<void> {
  const readable = once(socket, 'readable');
  peer.write(text, 'latin1');
  await readable;
  while (socket.readableLength < text.length) await once(socket, 'readable');
}

describe('openTransport', () => {
  before(async () => {
    listener = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });
  after(() => listener.close());

  it('carries bytes both ways', async () => {
    const { peer, transport, heard } = await openEnds();
    transport.resume();
    peer.write('hello');
    await heard.until(() => heard.text === 'hello');
    write(transport, 'and hello');
    const [answer] = (await once(peer, 'data')) as [Buffer];
    assert.equal(answer.toString(), 'and hello');
    transport.destroy();
  });

  it('reads nothing before it is told to', async () => {
    const { peer, transport, heard } = await openEnds();
    peer.write('early');
    await turns();
    assert.equal(heard.text, '');
    transport.resume();
    await heard.until(() => heard.text === 'early');
    transport.destroy();
  });

  it('delivers what was read before the take-over first, and once', async () => {
    const { peer, transport, heard } = await openEnds(async (far, socket) => {
      await queue(far, socket, 'queued ');
    });
    peer.write('later');
    await turns();
    assert.equal(heard.text, '');
    transport.resume();
    transport.resume();
    await heard.until(() => heard.text.length >= 'queued later'.length);
    await turns();
    assert.equal(heard.text, 'queued later');
    transport.destroy();
  });

  it('delivers what was put back before the take-over', async () => {
    const { transport, heard } = await openEnds(async (far, socket) => {
      await queue(far, socket, 'abcdef');
      const taken = socket.read(4) as Buffer;
      socket.unshift(taken.subarray(2));
    });
    transport.resume();
    await heard.until(() => heard.text.length >= 4);
    assert.equal(heard.text, 'cdef');
    transport.destroy();
  });

  it('stops the peer while it is paused, and goes on where it was', async () => {
    const { peer, transport, heard } = await openEnds();
    transport.resume();
    peer.write('a');
    await heard.until(() => heard.text === 'a');
    transport.pause();
    await turns();
    const much = Buffer.alloc(32 * 1024 * 1024, 'b');
    peer.write(much);
    await turns();
    const whilePaused = heard.text.length;
    // One read that was under way at most.
    assert.ok(whilePaused <= 1 + 256 * 1024, `${whilePaused} bytes came while paused`);
    assert.ok(peer.writableLength > 0, 'the peer was not stopped');
    transport.resume();
    await heard.until(
      () => heard.chunks.reduce((sum, { length }) => sum + length, 0) > much.length,
    );
    assert.equal(Buffer.concat(heard.chunks).equals(Buffer.concat([Buffer.from('a'), much])), true);
    transport.destroy();
  });

  it('may be paused from within the delivery of bytes', async () => {
    const { peer, transport, heard } = await openEnds();
    const deliver = heard.received.bind(heard);
    let isPausing = true;
    heard.received = (from, buffer, start, end) => {
      if (isPausing) transport.pause();
      deliver(from, buffer, start, end);
    };
    transport.resume();
    peer.write('one');
    await heard.until(() => heard.text === 'one');
    peer.write('two');
    await turns();
    assert.equal(heard.text, 'one');
    isPausing = false;
    transport.resume();
    await heard.until(() => heard.text === 'onetwo');
    transport.destroy();
  });

  it('copies what is only lent, small or large', async () => {
    const { peer, transport } = await openEnds();
    const received: Buffer[] = [];
    peer.on('data', (chunk: Buffer) => received.push(chunk));
    const sizes = [1, 4_096, 4_097, 200_000, 300_000, 5_000, 100_000];
    const expected: Buffer[] = [];
    const lent = Buffer.alloc(300_000);
    for (const [index, size] of sizes.entries()) {
      lent.fill(index + 1);
      expected.push(Buffer.alloc(size, index + 1));
      transport.write(lent, 0, size);
      lent.fill(0xff);
    }
    transport.writeOwned(Buffer.from('owned'));
    expected.push(Buffer.from('owned'));
    transport.end();
    await once(peer, 'end');
    assert.equal(Buffer.concat(received).equals(Buffer.concat(expected)), true);
    transport.destroy();
  });

  it('says what the system has not taken yet, and when it has', async () => {
    const { peer, transport, heard } = await openEnds();
    const much = Buffer.alloc(16 * 1024 * 1024);
    transport.writeOwned(much);
    assert.ok(transport.queuedBytes > 0);
    let got = 0;
    peer.on('data', (chunk: Buffer) => {
      got += chunk.length;
    });
    await heard.until(() => heard.drains > 0);
    assert.equal(transport.queuedBytes, 0);
    while (got < much.length) await once(peer, 'data');
    transport.destroy();
  });

  it('says that the peer sends nothing more, and can still answer', async () => {
    const { peer, transport, heard } = await openEnds();
    transport.resume();
    peer.end('last words');
    await heard.until(() => heard.isEnded);
    assert.equal(heard.text, 'last words');
    assert.deepEqual(heard.closings, []);
    write(transport, 'answer');
    transport.end();
    const [answer] = (await once(peer, 'data')) as [Buffer];
    assert.equal(answer.toString(), 'answer');
    await heard.until(() => heard.closings.length > 0);
    assert.deepEqual(heard.closings, [undefined]);
  });

  it('still reads once it has said that it writes nothing more', async () => {
    const { peer, transport, heard } = await openEnds();
    transport.resume();
    peer.resume();
    const ended = once(peer, 'end');
    transport.end();
    await ended;
    peer.end('to the end');
    await heard.until(() => heard.closings.length > 0);
    assert.equal(heard.text, 'to the end');
    assert.deepEqual(heard.closings, [undefined]);
  });

  it('says once that the peer reset the connection, and takes writes without throwing', async () => {
    const { peer, transport, heard } = await openEnds();
    transport.resume();
    peer.resetAndDestroy();
    await heard.until(() => heard.closings.length > 0);
    write(transport, 'into nothing');
    transport.writeOwned(Buffer.from('into nothing'));
    transport.write(Buffer.alloc(100_000), 0, 100_000);
    transport.pause();
    transport.resume();
    transport.end();
    transport.destroy();
    await turns();
    assert.equal(heard.closings.length, 1);
    assert.match(String(heard.closings[0]), /ECONNRESET/);
  });

  it('takes writes without throwing though it has not heard of the reset yet', async () => {
    const { peer, transport, heard } = await openEnds();
    peer.resetAndDestroy();
    await turns();
    for (let count = 0; count < 3; count++) {
      write(transport, 'into nothing');
      await turns();
    }
    transport.resume();
    await heard.until(() => heard.closings.length > 0);
    assert.equal(heard.closings.length, 1);
  });

  it('is closed once when it is destroyed', async () => {
    const { peer, transport, heard } = await openEnds();
    transport.resume();
    peer.resume();
    const ended = once(peer, 'close');
    peer.on('end', () => peer.end());
    transport.destroy();
    transport.destroy();
    await heard.until(() => heard.closings.length > 0);
    await ended;
    assert.deepEqual(heard.closings, [undefined]);
  });
});
