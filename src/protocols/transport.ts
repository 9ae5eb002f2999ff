import net from 'node:net';
import type { Duplex } from 'node:stream';
import { GatheredChunks } from './gathered-chunks.ts';
import { writeCopy } from './write-copy.ts';

/** Bytes that one read may bring. One buffer serves every plain socket of the process. */
const READ_BYTES_MAX = 256 * 1024;
/** A piece of this size is a part of something larger, more often than not. */
const LARGE_PIECE_BYTES = 4 * 1024;

/** Whom a session's transport leads to. */
export type Peer = 'client' | 'target';

/** What the owner of a session's transports is told, and of which. */
export interface TransportOwner {
  /** Bytes arrived, `buffer[start, end)`; valid during the call only. */
  received(from: Peer, buffer: Buffer, start: number, end: number): void;
  /** Everything written has been handed to the system. */
  drained(to: Peer): void;
  /** The peer sends nothing more. */
  ended(peer: Peer): void;
  /** The socket is gone; `error` says why when it was not orderly. Called once. */
  closed(peer: Peer, error: Error | undefined): void;
}

/** One side of a session: a socket or another stream, driven by callbacks without a queue in between. */
export interface Transport {
  /** Copies and writes `buffer[start, end)`. */
  write(buffer: Buffer, start: number, end: number): void;
  /** Writes bytes that the caller does not change any more. */
  writeOwned(bytes: Buffer): void;
  /** Bytes written that the system has not taken yet. */
  readonly queuedBytes: number;
  pause(): void;
  resume(): void;
  /** Says that nothing more will be written, once all of it is. */
  end(): void;
  destroy(): void;
}

/** The handle below a plain socket. Not part of Node's documented surface, hence looked for, never assumed. */
interface WithHandle {
  _handle: object | null | undefined;
}

const sharedReadBuffer: Buffer = Buffer.allocUnsafeSlow(READ_BYTES_MAX);

/**
 * Takes a connected, paused socket over. Reading starts with `resume`.
 *
 * A plain socket is re-opened on its handle with `onread`: libuv then reads into one shared buffer
 * and calls back at once, which costs half of what `'data'` events do. TLS sockets and
 * streams through connectors use events; of what comes in large pieces, those of a turn are gathered.
 */
export function openTransport(socket: Duplex, peer: Peer, owner: TransportOwner): Transport {
  const handle = (socket as Duplex & Partial<WithHandle>)._handle;
  const isPlain = Object.getPrototypeOf(socket) === net.Socket.prototype;
  if (!isPlain || handle === null || handle === undefined) {
    socket.on('data', onData);
    return new SocketTransport(socket, peer, owner);
  }
  const queued = socket.read() as Buffer | null;
  (socket as unknown as WithHandle)._handle = null;
  const closeListeners = socket.listeners('close');
  socket.removeAllListeners();
  socket.destroy();
  const reopened = reopen(handle, peer, owner);
  if (peer === 'target') passOn(closeListeners, reopened);
  const transport = new SocketTransport(reopened, peer, owner);
  if (queued !== null) transport.keep(queued);
  return transport;
}

/** Who gives something back when the connection to a target is over is told of it still. */
function passOn(closeListeners: readonly Function[], reopened: net.Socket): void {
  for (const listener of closeListeners) reopened.once('close', listener as () => void);
}

function reopen(handle: object, peer: Peer, owner: TransportOwner): net.Socket {
  const options = {
    handle,
    allowHalfOpen: true,
    onread: {
      buffer: sharedReadBuffer,
      callback(size: number, buffer: Uint8Array): boolean {
        owner.received(peer, buffer as Buffer, 0, size);
        return true;
      },
    },
  };
  return new net.Socket(options as net.SocketConstructorOpts);
}

/** One object for each side of an idle session, and no closures: there are thousands of them. */
class SocketTransport implements Transport {
  readonly #socket: Duplex;
  readonly #peer: Peer;
  readonly #owner: TransportOwner;
  #unread: Buffer | undefined;
  #gathered: GatheredChunks | undefined;
  #failure: Error | undefined;

  constructor(socket: Duplex, peer: Peer, owner: TransportOwner) {
    this.#socket = socket;
    this.#peer = peer;
    this.#owner = owner;
    // A socket on an open handle reads as soon as it is made.
    socket.pause();
    (socket as Carrying)[TRANSPORT] = this;
    socket.on('drain', onDrain);
    socket.on('end', onEnd);
    socket.on('error', onError);
    socket.on('close', onClose);
  }

  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  write(buffer: Buffer, start: number, end: number): void {
    writeCopy(this.#socket, buffer, start, end);
  }

  writeOwned(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  pause(): void {
    this.#socket.pause();
    this.#gathered?.hold();
  }

  resume(): void {
    this.#socket.resume();
    this.#gathered?.release();
    const unread = this.#unread;
    if (unread === undefined) return;
    this.#unread = undefined;
    this.receive(unread);
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#gathered?.drop();
    this.#socket.destroy();
  }

  /** Keeps what was read before the take-over until reading starts. */
  keep(unread: Buffer): void {
    this.#unread = unread;
  }

  // What the listeners pass on.

  receive(chunk: Buffer): void {
    this.#owner.received(this.#peer, chunk, 0, chunk.length);
  }

  gather(piece: Buffer): void {
    if (piece.length < LARGE_PIECE_BYTES && this.#gathered?.isEmpty !== false) {
      this.receive(piece);
      return;
    }
    this.#gathered ??= new GatheredChunks((buffer, start, end) =>
      this.#owner.received(this.#peer, buffer, start, end),
    );
    this.#gathered.add(piece);
  }

  drain(): void {
    this.#owner.drained(this.#peer);
  }

  finish(): void {
    this.#gathered?.flush();
    this.#owner.ended(this.#peer);
  }

  fail(error: Error): void {
    this.#failure = error;
  }

  close(): void {
    this.#gathered?.flush();
    this.#owner.closed(this.#peer, this.#failure);
  }
}

/** Where the listeners, which all sockets share, find whom to tell. */
const TRANSPORT = Symbol('transport');

interface Carrying extends Duplex {
  [TRANSPORT]: SocketTransport;
}

function transportOf(socket: Duplex): SocketTransport {
  return (socket as Carrying)[TRANSPORT];
}

function onData(this: Duplex, chunk: Buffer): void {
  transportOf(this).gather(chunk);
}

function onDrain(this: Duplex): void {
  transportOf(this).drain();
}

function onEnd(this: Duplex): void {
  transportOf(this).finish();
}

function onError(this: Duplex, error: Error): void {
  transportOf(this).fail(error);
}

function onClose(this: Duplex): void {
  transportOf(this).close();
}
